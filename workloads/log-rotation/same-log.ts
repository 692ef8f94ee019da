// Whether an open file is the log that a journal entry is about, at this moment. An inode is used again, and a log may be
// truncated and written again while rotation is at work; nobody tells rotation of either.

import { fstatSync, readSync } from "node:fs";
import { block, borderBefore } from "./blocks.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { birthOf, hasTail, headOfLog } from "./log-identity.ts";
import { isLineEnd } from "./whole-lines.ts";

/**
 * Why the open file is not the log of the entry; undefined when it is. In this order, so that what costs least and tells
 * most comes first:
 *
 * 1. it is not shorter than what is archived of it
 * 2. it was made when the log was, where both times are known
 * 3. it begins as the log did
 * 4. before the end of the last archive are the bytes that were archived, or the hole that rotation punched there; where
 *    an entry of an earlier version does not know them, there is a line end
 * 5. where rotation noted that it has given space back, there is a hole
 */
export function whyAnotherLog(log: number, known: JournalEntry): string | undefined {
    const stats = fstatSync(log, { bigint: true });
    if (Number(stats.size) < known.archivedUpTo) {
        return `it became shorter than the ${known.archivedUpTo} bytes that are archived`;
    }
    const birth = birthOf(stats);
    if (known.birth !== undefined && birth !== undefined && known.birth !== birth) {
        return "it is another file with the same inode";
    }
    if (headOfLog(log, known.head.bytes).sha256 !== known.head.sha256) {
        return "its beginning changed";
    }
    if (known.tail ? !hasTail(log, known.archivedUpTo, known.tail) : !isLineEnd(log, known.archivedUpTo)) {
        return "what is before the end of its last archive changed";
    }
    const holeEnd = borderBefore(known.givenBackUpTo);
    if (holeEnd >= 2 * block && !isZero(log, holeEnd - block)) {
        return "there are lines where its space was given back";
    }
    return undefined;
}

/** Whether the block that begins there has zero bytes only. */
function isZero(log: number, start: number): boolean {
    const content = Buffer.alloc(block);
    const bytes = readSync(log, content, 0, block, start);
    return content.subarray(0, bytes).every((byte) => byte === 0);
}
