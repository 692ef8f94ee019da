// Rotation of one log: archive the next whole lines, then give their space back.
//
// The order makes it safe to be ended anywhere (docs/log-rotation.md):
//   1. the archive is written under a temporary name and synced
//   2. the journal says that it is complete and which name it gets
//   3. it gets that name beside the temporary one
//   4. the journal says how far the log is archived; the temporary name goes
//   5. a hole takes the place of the archived blocks
// A run that finds an entry of step 2 goes on with step 3.

import { closeSync } from "node:fs";
import { type ArchiveContext, type ArchiveStep, archiveLines, type FinishedArchive } from "./archive-lines.ts";
import { finishCompaction } from "./compact-log.ts";
import { dueReason, lineTime } from "./due.ts";
import type { FilebeatProgress } from "./filebeat-progress.ts";
import type { FoundLog } from "./find-logs.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { headOfLog, identityOf, type LogIdentity } from "./log-identity.ts";
import { namePending } from "./name-archive.ts";
import { type OpenLog, openLog } from "./open-log.ts";
import { nothingToGive, reclaimSpace, type SpaceResult, type SpaceStep } from "./reclaim-space.ts";
import { finishTruncation, type TruncationStep, truncateLog } from "./truncate-log.ts";
import { startOfUnknownLog } from "./unknown-log.ts";
import { endOfWholeLines, lineAt } from "./whole-lines.ts";

/** What rotation did with one log. */
export interface RotationOutcome {
    /** In the order of their lines; none when the log was not due. */
    readonly archives: readonly FinishedArchive[];
    readonly space: SpaceResult;
    /** Offset at which it went on with a log whose journal is lost. */
    readonly resumedAt?: number;
}

/** Steps after which a test may end the program, to see that the next run goes on. */
export type RotationStep = ArchiveStep | SpaceStep | TruncationStep;

/** What rotation works with. */
export interface RotationContext extends Omit<ArchiveContext, "after"> {
    readonly filebeat: FilebeatProgress;
    /** Bytes of apparent size from which a log is compacted. */
    readonly compactFrom: number;
    /** Called after each step. */
    readonly after?: ((step: RotationStep) => void) | undefined;
}

/**
 * Rotates the log if it is due, after finishing what an earlier run left unfinished.
 *
 * @throws the file system's error; nothing is lost then, and the next run tries again
 */
export async function rotateLog(found: FoundLog, context: RotationContext): Promise<RotationOutcome> {
    const log = openLog(found);
    try {
        return await rotateOpenLog(log, found, context);
    } finally {
        closeSync(log.descriptor);
    }
}

/**
 * Gives back what has become free of a log that was rotated before.
 *
 * @param isNearlyFull whether lines that Filebeat has not acknowledged are given up for the sake of the volume
 * @throws the file system's error; nothing is lost then
 */
export async function reclaimAgain(
    found: FoundLog,
    context: RotationContext,
    isNearlyFull: boolean,
): Promise<RotationOutcome> {
    const log = openLog(found);
    try {
        const isSame = (entry: JournalEntry) => isSameLog(log.descriptor, Number(log.stats.size), entry);
        const entry = context.journal.find(identityOf(log.stats), isSame);
        return entry && !entry.pending && isSame(entry)
            ? await reclaim(log, found, entry, context, isNearlyFull)
            : { archives: [], space: nothingToGive };
    } finally {
        closeSync(log.descriptor);
    }
}

async function rotateOpenLog(open: OpenLog, found: FoundLog, context: RotationContext): Promise<RotationOutcome> {
    const { descriptor: log, stats } = open;
    const { settings, now } = context;
    const identity = identityOf(stats);
    const size = Number(stats.size);

    const { entry: finished, archive: carried } = await finishEarlierRun(log, size, found, identity, context);
    const archives = carried ? [carried] : [];
    const known = finished && isSameLog(log, size, finished) ? finished : undefined;
    const start = known?.archivedUpTo ?? (finished ? 0 : startOfUnknownLog(log, stats));
    const resumed = !known && start > 0 ? { resumedAt: start } : {};
    const end = endOfWholeLines(log, start, size);
    const oldestLineTime = lineTime(lineAt(log, start), now(), known?.lastArchiveTime ?? Number(stats.birthtimeMs));
    if (!dueReason({ unarchivedBytes: end - start, oldestLineTime, now: now() }, settings)) {
        const reclaimed = known && (await reclaim(open, found, known, context, false));
        return {
            archives: [...archives, ...(reclaimed?.archives ?? [])],
            space: reclaimed?.space ?? nothingToGive,
            ...resumed,
        };
    }
    const entry: JournalEntry = {
        path: found.name,
        archivedUpTo: start,
        givenBackUpTo: known?.givenBackUpTo ?? 0,
        waiting: known?.waiting,
        lastArchiveTime: finished?.lastArchiveTime,
        head: headOfLog(log, end),
    };
    const done = await archiveLines({ identity, entry, range: { log, start, end }, archivedUpTo: end }, context);
    const reclaimed = await reclaim(open, found, done.entry, context, false);
    return { archives: [...archives, done.archive, ...reclaimed.archives], space: reclaimed.space, ...resumed };
}

/** What the journal knows of the log when everything that an earlier run began is finished. */
async function finishEarlierRun(
    log: number,
    size: number,
    found: FoundLog,
    identity: LogIdentity,
    context: RotationContext,
): Promise<{ readonly entry: JournalEntry | undefined; readonly archive?: FinishedArchive | undefined }> {
    const { journal, settings, after } = context;
    const note = (entry: JournalEntry): void => journal.write(identity, entry);
    const stored = journal.find(identity, (entry) => entry.path === found.name && isSameLog(log, size, entry));
    if (!stored) {
        return { entry: undefined };
    }
    const named = namePending(stored, { archiveDirectory: settings.archiveDirectory, note, after });
    return finishTruncation(log, identity, finishCompaction(log, named, note), context);
}

/** Gives space back: by a hole, and where there can't be one, by copy and truncation. */
async function reclaim(
    open: OpenLog,
    found: FoundLog,
    entry: JournalEntry,
    context: RotationContext,
    isNearlyFull: boolean,
): Promise<RotationOutcome> {
    const identity = identityOf(open.stats);
    const note = (next: JournalEntry): void => context.journal.write(identity, next);
    const space = reclaimSpace(open, found, entry, { ...context, note, isNearlyFull });
    // What Filebeat has not read would be lost to it.
    if (!space.isUnsupported || space.waitingBytes > 0) {
        return { archives: [], space };
    }
    const { archive, microseconds } = await truncateLog(open.descriptor, identity, entry, context);
    return {
        archives: archive ? [archive] : [],
        space:
            microseconds === undefined
                ? { ...space, reason: `${space.reason}; and it did not end with a whole line, to be truncated` }
                : { method: "truncated", microseconds, waitingBytes: 0 },
    };
}

/** Whether the open file is the one that the journal knows: not shortened, and with the same beginning. */
function isSameLog(log: number, size: number, known: JournalEntry): boolean {
    return size >= known.archivedUpTo && headOfLog(log, known.head.bytes).sha256 === known.head.sha256;
}
