// Gives back the space of a log's archived lines, as far as Filebeat has acknowledged them.

import { join } from "node:path";
import { type CompactionContext, type CompactionStep, compactLog } from "./compact-log.ts";
import { AnotherLog, type HoleResult, punchHole } from "./destroy.ts";
import { syncFile } from "./durable.ts";
import type { FilebeatProgress } from "./filebeat-progress.ts";
import type { FoundLog } from "./find-logs.ts";
import { type Hole, hasSpaceToGive, holeBefore } from "./hole-range.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { headBytes, headOfLog, identityOf } from "./log-identity.ts";
import type { OpenLog } from "./open-log.ts";
import { type SpaceLimit, spaceLimit } from "./space-limit.ts";

/** What came of it. */
export interface SpaceResult {
    /**
     * How: a hole in the place of the lines; with a part of the hole cut out of the log; or, where the file system has no
     * holes, by copy and truncation. `nothing-to-give`: less than a block, given back before, or not acknowledged.
     * `kept`: it could not be done.
     */
    readonly method: "hole" | "compacted" | "truncated" | "nothing-to-give" | "kept";
    /** Why it could not be done. */
    readonly reason?: string;
    /** It could not be done because the file system has no holes. */
    readonly isUnsupported?: boolean;
    /** When truncated: the microseconds in which a line that was written is lost. */
    readonly microseconds?: number;
    /** Archived bytes that Filebeat has not acknowledged, and that are kept for it. */
    readonly waitingBytes: number;
    /** The log was truncated or replaced by somebody else since it was archived, so nothing was taken from it. */
    readonly anotherLog?: string;
    /** The same, found out after the hole was punched: a line that was written within those milliseconds may be lost. */
    readonly changed?: { readonly reason: string; readonly withinMs: number };
    /** Bytes that Filebeat had not acknowledged and that are given back all the same, and why. */
    readonly unacknowledged?: { readonly bytes: number; readonly because: SpaceLimit["notAwaitedBecause"] };
}

/** Nothing was done, and nothing was to be done. */
export const nothingToGive: SpaceResult = { method: "nothing-to-give", waitingBytes: 0 };

/** Steps after which a test may end the program. */
export type SpaceStep = "space-given" | "space-noted" | CompactionStep;

/** What it works with. */
export interface SpaceContext extends CompactionContext {
    readonly filebeat: FilebeatProgress;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** Whether lines that Filebeat has not acknowledged are given up for the sake of the volume. */
    readonly isNearlyFull: boolean;
    readonly after?: ((step: SpaceStep) => void) | undefined;
}

/** Gives back what it can of the open log, whose journal entry is `entry`. */
export async function reclaimSpace(
    { descriptor: log, stats }: OpenLog,
    { folder, file }: Pick<FoundLog, "folder" | "file">,
    entry: JournalEntry,
    context: SpaceContext,
): Promise<SpaceResult> {
    const { filebeat, now, isNearlyFull, note, after } = context;
    const { archivedUpTo, givenBackUpTo } = entry;
    if (!hasSpaceToGive(archivedUpTo, givenBackUpTo)) {
        return nothingToGive;
    }
    const size = Number(stats.size);
    const head = headOfLog(log, size);
    const acknowledgement = filebeat.of({
        ...identityOf(stats),
        fingerprint: head.bytes === headBytes ? head.sha256 : undefined,
        path: join(folder, file),
    });
    const limit = spaceLimit({
        archivedUpTo,
        size,
        acknowledgement,
        waiting: entry.waiting,
        now: now(),
        isNearlyFull,
    });
    const waitingBytes = archivedUpTo - limit.upTo;
    if (!hasSpaceToGive(limit.upTo, givenBackUpTo)) {
        if (limit.waiting?.since !== entry.waiting?.since) {
            await note({ ...entry, waiting: limit.waiting });
        }
        return acknowledgement.state === "unreadable"
            ? { method: "kept", reason: `FILEBEAT_REGISTRY: ${acknowledgement.reason}`, waitingBytes }
            : { method: "nothing-to-give", waitingBytes };
    }
    const hole = holeBefore(log, limit.upTo);
    let result: HoleResult;
    try {
        result = await punchHole(log, hole, entry);
    } catch (error) {
        if (error instanceof AnotherLog) {
            return { ...nothingToGive, anotherLog: error.message };
        }
        throw error;
    }
    after?.("space-given");
    if (result.method === "kept") {
        return { ...result, waitingBytes };
    }
    const { changed } = result;
    if (changed) {
        return { method: "hole", waitingBytes: 0, changed };
    }
    // The journal must not tell of a hole that is gone when the machine crashes: the log would count as another one.
    await syncFile(log);
    const given: JournalEntry = { ...entry, waiting: limit.waiting, givenBackUpTo: limit.upTo };
    await note(given);
    after?.("space-noted");
    const { notAwaitedBecause: because } = limit;
    const bytes = limit.upTo - Math.max(givenBackUpTo, limit.waiting?.acknowledged ?? 0);
    const cutBytes = limit.waiting ? 0 : await cutBytesOf(log, given, hole, context);
    return {
        method: cutBytes > 0 ? "compacted" : "hole",
        waitingBytes,
        ...(because ? { unacknowledged: { bytes, because } } : {}),
    };
}

/** Compacts the log where that is to be; nothing is cut when it became another log. */
async function cutBytesOf(log: number, given: JournalEntry, hole: Hole, context: SpaceContext): Promise<number> {
    try {
        return (await compactLog(log, given, hole, context)).cutBytes;
    } catch (error) {
        if (error instanceof AnotherLog) {
            return 0;
        }
        throw error;
    }
}
