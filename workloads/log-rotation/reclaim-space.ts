// Gives back the space of a log's archived lines, as far as Filebeat has acknowledged them.

import { join } from "node:path";
import type { FilebeatProgress } from "./filebeat-progress.ts";
import type { FoundLog } from "./find-logs.ts";
import { hasSpaceToGive, holeBefore, punchHole } from "./give-space-back.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { headBytes, headOfLog, identityOf } from "./log-identity.ts";
import type { OpenLog } from "./open-log.ts";
import { type SpaceLimit, spaceLimit } from "./space-limit.ts";

/** What came of it. */
export interface SpaceResult {
    /** `nothing-to-give`: less than a block, given back before, or not acknowledged. `kept`: it could not be done. */
    readonly method: "hole" | "nothing-to-give" | "kept";
    /** Why it could not be done. */
    readonly reason?: string;
    /** Archived bytes that Filebeat has not acknowledged, and that are kept for it. */
    readonly waitingBytes: number;
    /** Bytes that Filebeat had not acknowledged and that are given back all the same, and why. */
    readonly unacknowledged?: { readonly bytes: number; readonly because: SpaceLimit["notAwaitedBecause"] };
}

/** Steps after which a test may end the program. */
export type SpaceStep = "space-given" | "space-noted";

/** What it works with. */
export interface SpaceContext {
    readonly filebeat: FilebeatProgress;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** Whether lines that Filebeat has not acknowledged are given up for the sake of the volume. */
    readonly isNearlyFull: boolean;
    /** Writes the log's journal entry. */
    readonly note: (entry: JournalEntry) => void;
    readonly after?: (step: SpaceStep) => void;
}

/** Gives back what it can of the open log, whose journal entry is `entry`. */
export function reclaimSpace(
    { descriptor: log, stats }: OpenLog,
    { folder, file }: Pick<FoundLog, "folder" | "file">,
    entry: JournalEntry,
    { filebeat, now, isNearlyFull, note, after }: SpaceContext,
): SpaceResult {
    const { archivedUpTo, givenBackUpTo } = entry;
    if (!hasSpaceToGive(archivedUpTo, givenBackUpTo)) {
        return { method: "nothing-to-give", waitingBytes: 0 };
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
    const unwaited: JournalEntry = { ...entry, waiting: limit.waiting };
    const waitingBytes = archivedUpTo - limit.upTo;
    if (!hasSpaceToGive(limit.upTo, givenBackUpTo)) {
        if (limit.waiting?.since !== entry.waiting?.since) {
            note(unwaited);
        }
        return acknowledgement.state === "unreadable"
            ? { method: "kept", reason: `FILEBEAT_REGISTRY: ${acknowledgement.reason}`, waitingBytes }
            : { method: "nothing-to-give", waitingBytes };
    }
    const result = punchHole(log, holeBefore(log, limit.upTo));
    after?.("space-given");
    if (result.method === "kept") {
        return { ...result, waitingBytes };
    }
    note({ ...unwaited, givenBackUpTo: limit.upTo });
    after?.("space-noted");
    const { notAwaitedBecause: because } = limit;
    const bytes = limit.upTo - Math.max(givenBackUpTo, limit.waiting?.acknowledged ?? 0);
    return { method: "hole", waitingBytes, ...(because ? { unacknowledged: { bytes, because } } : {}) };
}
