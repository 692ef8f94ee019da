// What is left where the file system can't punch holes: the last lines are carried away, then the log is truncated. What
// is written between the last look at it and the truncation is lost; that time is as short as two system calls are.
//
// What was carried away is archived at once, and a run that is ended in between leaves it for the next one.

import { closeSync, fstatSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { type ArchiveContext, type ArchiveStep, archiveLines, type FinishedArchive } from "./archive-lines.ts";
import { truncateAt } from "./destroy.ts";
import { syncFile } from "./durable.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { LogIdentity } from "./log-identity.ts";
import { whyAnotherLog } from "./same-log.ts";

/** Steps after which a test may end the program. */
export type TruncationStep = "truncation-noted" | "lines-carried" | "log-truncated" | "carried-noted";

/** What it works with. */
export interface TruncationContext extends Omit<ArchiveContext, "after"> {
    readonly after?: ((step: TruncationStep | ArchiveStep) => void) | undefined;
}

/** What came of it. */
export interface Truncation {
    readonly entry: JournalEntry;
    /** Of the lines that were carried away; undefined when there were none. */
    readonly archive?: FinishedArchive | undefined;
    /** Between the last look at the log and its truncation; undefined when it was not truncated. */
    readonly microseconds: number | undefined;
}

const newline = 0x0a;
const chunkBytes = 64 * 1024;
/** Milliseconds for which a moment is awaited in which the log ends with a whole line. */
const patience = 1_000;

/**
 * Truncates the open log, of which everything before `entry.archivedUpTo` is archived, at a moment at which it ends with
 * a whole line. When there is no such moment, it stays as it is.
 *
 * @throws the file system's error
 */
export async function truncateLog(
    log: number,
    identity: LogIdentity,
    entry: JournalEntry,
    context: TruncationContext,
): Promise<Truncation> {
    const { journal, after } = context;
    const truncating: JournalEntry = { ...entry, truncating: true };
    await journal.write(identity, truncating);
    after?.("truncation-noted");
    const path = journal.carriedFile(identity);
    const carried = openSync(path, "w+", 0o600);
    try {
        const until = performance.now() + patience;
        for (let position = entry.archivedUpTo, isWhole = true; performance.now() < until; ) {
            const looked: ReturnType<typeof truncateAt> = isWhole
                ? truncateAt(log, position, truncating, () => after?.("lines-carried"))
                : { rest: readRest(log, position) };
            if ("microseconds" in looked) {
                after?.("log-truncated");
                await syncFile(carried);
                const done = await archiveCarried(carried, identity, startedAnew(entry), context);
                return { ...done, microseconds: looked.microseconds };
            }
            const rest: Buffer = looked.rest;
            if (rest.length > 0) {
                writeFileSync(carried, rest);
                position += rest.length;
                isWhole = rest.at(-1) === newline;
            }
        }
    } finally {
        closeSync(carried);
    }
    await journal.write(identity, entry);
    rmSync(path, { force: true });
    return { entry, microseconds: undefined };
}

/**
 * Finishes a truncation that an earlier run began: finds out whether the log was truncated, and archives what was
 * carried away. Without a log, which was deleted since, that is archived in any case.
 *
 * @param log the open log; undefined when it is gone
 * @throws the file system's error; nothing is lost then
 */
export async function finishTruncation(
    log: number | undefined,
    identity: LogIdentity,
    entry: JournalEntry,
    context: TruncationContext,
): Promise<Pick<Truncation, "entry" | "archive">> {
    const path = context.journal.carriedFile(identity);
    const carried = openSync(path, "a+", 0o600);
    try {
        if (entry.carriedBytes !== undefined) {
            return await archiveCarried(carried, identity, entry, context);
        }
        if (log === undefined || wasTruncated(log, carried, entry)) {
            await syncFile(carried);
            return await archiveCarried(carried, identity, startedAnew(entry), context);
        }
    } finally {
        closeSync(carried);
    }
    const { truncating: _, ...known } = entry;
    await context.journal.write(identity, known);
    rmSync(path, { force: true });
    return { entry: known };
}

/** Notes what is carried, archives it and forgets it. */
async function archiveCarried(
    carried: number,
    identity: LogIdentity,
    entry: JournalEntry,
    context: TruncationContext,
): Promise<Pick<Truncation, "entry" | "archive">> {
    const { journal, after } = context;
    const bytes = fstatSync(carried).size;
    let done: Pick<Truncation, "entry" | "archive"> = { entry };
    if (bytes === 0) {
        await journal.write(identity, entry);
    } else {
        const noted = { ...entry, carriedBytes: bytes };
        await journal.write(identity, noted);
        after?.("carried-noted");
        const range = { log: carried, start: 0, end: bytes };
        done = await archiveLines({ identity, entry: noted, range, archivedUpTo: 0, areCarried: true }, context);
    }
    rmSync(journal.carriedFile(identity), { force: true });
    return done;
}

/** What the journal knows of a log that has become empty: nothing but when its last archive was made. */
function startedAnew({ path, lastArchiveTime, birth }: JournalEntry): JournalEntry {
    const head = { bytes: 0, sha256: emptySha256 };
    return { path, lastArchiveTime, archivedUpTo: 0, givenBackUpTo: 0, head, birth };
}

/** Of nothing. */
const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Whether the log is no longer the one that was noted, with the carried lines where they came from. */
function wasTruncated(log: number, carried: number, entry: JournalEntry): boolean {
    const { archivedUpTo } = entry;
    const [{ size }, { size: carriedBytes }] = [fstatSync(log), fstatSync(carried)];
    if (size < archivedUpTo + carriedBytes || whyAnotherLog(log, entry) !== undefined) {
        return true;
    }
    const [one, other] = [Buffer.alloc(chunkBytes), Buffer.alloc(chunkBytes)];
    for (let position = 0; position < carriedBytes; position += chunkBytes) {
        const bytes = Math.min(chunkBytes, carriedBytes - position);
        readSync(carried, one, 0, bytes, position);
        readSync(log, other, 0, bytes, archivedUpTo + position);
        if (!one.subarray(0, bytes).equals(other.subarray(0, bytes))) {
            return true;
        }
    }
    return false;
}

/** What follows the position, as far as one read gives it. */
function readRest(log: number, position: number): Buffer {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    return chunk.subarray(0, readSync(log, chunk, 0, chunkBytes, position));
}
