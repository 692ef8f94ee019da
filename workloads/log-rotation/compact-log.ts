// Shortens a log whose apparent size has become very large, by cutting out a part of its hole: nothing that can be read is
// lost, but offsets change, so that Filebeat begins such a log anew. Therefore rarely, and only at a moment at which there
// is nothing to read but what Filebeat knows by its place and by its text.

import { fstatSync, readSync } from "node:fs";
import { block, collapseRange, type Hole, punchHole } from "./give-space-back.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { headOfLog } from "./log-identity.ts";

/**
 * Apparent size from which a log is compacted: 32 GiB. Who reads a log from its beginning reads its hole too, which takes
 * half a minute then; file systems take thousands of times as much.
 */
export const compactFrom = 32 * 1024 ** 3;

/** Steps after which a test may end the program. */
export type CompactionStep = "compaction-noted" | "log-compacted" | "compaction-done";

/** What it works with. */
export interface CompactionContext {
    /** Bytes of apparent size from which a log is compacted. */
    readonly compactFrom: number;
    /** Writes the log's journal entry. */
    readonly note: (entry: JournalEntry) => void;
    readonly after?: ((step: CompactionStep) => void) | undefined;
}

/** One block of the hole stays, as the mark of one: who reads it as text meets a line of zero bytes there, as ever. */
const firstCut = 2 * block;

/**
 * Cuts the hole out of the open log when it is large enough and everything in the log is archived at this moment, and
 * returns the entry as it is then. Where the file system can't, the log stays as it is.
 *
 * @param hole what is given back; all of it is acknowledged
 */
export function compactLog(
    log: number,
    entry: JournalEntry,
    hole: Hole,
    { compactFrom: from, note, after }: CompactionContext,
): { readonly entry: JournalEntry; readonly cutBytes: number } {
    const bytes = hole.end - firstCut;
    const { size } = fstatSync(log);
    const { archivedUpTo } = entry;
    if (size < from || bytes <= 0 || size !== archivedUpTo || entry.givenBackUpTo !== archivedUpTo) {
        return { entry, cutBytes: 0 };
    }
    // The archived lines after the hole would be read again, at other offsets. Their last line end stays.
    punchHole(log, { start: hole.end, end: archivedUpTo - 1 });
    note({ ...entry, compacting: bytes });
    after?.("compaction-noted");
    const isCut = collapseRange(log, { start: firstCut, end: hole.end });
    if (!isCut) {
        note(entry);
        return { entry, cutBytes: 0 };
    }
    after?.("log-compacted");
    const shorter = cut(entry, bytes);
    note(shorter);
    after?.("compaction-done");
    return { entry: shorter, cutBytes: bytes };
}

/** Finds out whether a compaction that an earlier run began was done, and returns the entry as it has to be. */
export function finishCompaction(log: number, entry: JournalEntry, note: (entry: JournalEntry) => void): JournalEntry {
    const { compacting, ...known } = entry;
    if (compacting === undefined) {
        return entry;
    }
    const isSame = headOfLog(log, entry.head.bytes).sha256 === entry.head.sha256;
    const next = isSame && isCutOut(log) ? cut(known, compacting) : known;
    note(next);
    return next;
}

/**
 * Whether what follows the hole is where its second block was. It has the line end of the last archived line, so it is
 * never all zero bytes; the hole is.
 */
function isCutOut(log: number): boolean {
    const content = Buffer.alloc(block);
    const bytes = readSync(log, content, 0, block, firstCut);
    return content.subarray(0, bytes).some((byte) => byte !== 0);
}

function cut(entry: JournalEntry, bytes: number): JournalEntry {
    return { ...entry, archivedUpTo: entry.archivedUpTo - bytes, givenBackUpTo: entry.givenBackUpTo - bytes };
}
