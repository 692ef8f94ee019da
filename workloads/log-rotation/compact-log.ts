// Shortens a log whose apparent size has become very large, by cutting out a part of its hole: nothing that can be read is
// lost, but offsets change, so that Filebeat begins such a log again. Therefore rarely, and only at a moment at which there
// is nothing to read but what Filebeat knows by its place and by its text.

import { fstatSync, readSync } from "node:fs";
import { block } from "./blocks.ts";
import { cutOut, punchHole } from "./destroy.ts";
import type { Hole } from "./hole-range.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { headOfLog, tailOfLog } from "./log-identity.ts";

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
    readonly note: (entry: JournalEntry) => Promise<void>;
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
export async function compactLog(
    log: number,
    entry: JournalEntry,
    hole: Hole,
    { compactFrom: from, note, after }: CompactionContext,
): Promise<{ readonly entry: JournalEntry; readonly cutBytes: number }> {
    const bytes = hole.end - firstCut;
    const { size } = fstatSync(log);
    const { archivedUpTo } = entry;
    if (size < from || bytes <= 0 || size !== archivedUpTo || entry.givenBackUpTo !== archivedUpTo) {
        return { entry, cutBytes: 0 };
    }
    // Without the tail, which goes in the next step.
    const compacting: JournalEntry = { ...entry, compacting: bytes, tail: undefined };
    await note(compacting);
    after?.("compaction-noted");
    // The archived lines after the hole would be read again, at other offsets. Their last line end stays.
    if (archivedUpTo - 1 > hole.end) {
        await punchHole(log, { start: hole.end, end: archivedUpTo - 1 }, compacting);
    }
    const isCut = await cutOut(log, { start: firstCut, end: hole.end }, compacting);
    if (isCut) {
        after?.("log-compacted");
    }
    const known = asCompacted(log, compacting, isCut);
    await note(known);
    if (isCut) {
        after?.("compaction-done");
    }
    return { entry: known, cutBytes: isCut ? bytes : 0 };
}

/** Finds out whether a compaction that an earlier run began was done, and returns the entry as it has to be. */
export async function finishCompaction(
    log: number,
    entry: JournalEntry,
    note: (entry: JournalEntry) => Promise<void>,
): Promise<JournalEntry> {
    const isSame = headOfLog(log, entry.head.bytes).sha256 === entry.head.sha256;
    const next = asCompacted(log, entry, isSame && isCutOut(log));
    await note(next);
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

/** The entry when the compaction is over. */
function asCompacted(log: number, { compacting = 0, ...entry }: JournalEntry, isCut: boolean): JournalEntry {
    const bytes = isCut ? compacting : 0;
    const archivedUpTo = entry.archivedUpTo - bytes;
    const { size } = fstatSync(log);
    return {
        ...entry,
        archivedUpTo,
        givenBackUpTo: entry.givenBackUpTo - bytes,
        tail: size < archivedUpTo ? undefined : tailOfLog(log, archivedUpTo),
    };
}
