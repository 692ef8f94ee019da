// Rotation of one log: archive the next whole lines, then give their space back.
//
// The order makes it safe to be ended anywhere (docs/log-rotation.md):
//   1. the archive is written under a temporary name and synced
//   2. the journal says that it is complete and which name it gets
//   3. it gets that name beside the temporary one
//   4. the journal says how far the log is archived; the temporary name goes
//   5. a hole takes the place of the archived blocks
// A run that finds an entry of step 2 goes on with step 3. Whatever takes bytes away is in destroy.ts.

import { closeSync } from "node:fs";
import { archiveLines, type FinishedArchive } from "./archive-lines.ts";
import { AnotherLog } from "./destroy.ts";
import type { FoundLog } from "./find-logs.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { birthOf, headOfLog, identityOf } from "./log-identity.ts";
import { missingLineEnd } from "./missing-line-end.ts";
import { type OpenLog, openLog } from "./open-log.ts";
import { isOutOfSpace } from "./out-of-space.ts";
import { firstPiece, smallerPiece } from "./piece-size.ts";
import { nothingToGive, reclaimSpace, type SpaceResult } from "./reclaim-space.ts";
import type { RotationContext } from "./rotation-context.ts";
import { whyAnotherLog } from "./same-log.ts";
import { truncateLog } from "./truncate-log.ts";
import { unarchivedLines } from "./unarchived-lines.ts";
import { whereArchived } from "./where-archived.ts";
import { endOfPiece } from "./whole-lines.ts";

export type { RotationStep } from "./rotation-context.ts";

/** What rotation did with one log. */
export interface RotationOutcome {
    /** Archives were made of it. */
    readonly isRotated: boolean;
    /** What became of its space; `gone`: it was deleted since it was found. */
    readonly space: SpaceResult | "gone";
}

const gone: RotationOutcome = { isRotated: false, space: "gone" };

/**
 * Rotates the log if it is due, after finishing what an earlier run left unfinished.
 *
 * @throws the file system's error; nothing is lost then, and the next run goes on
 */
export async function rotateLog(found: FoundLog, context: RotationContext): Promise<RotationOutcome> {
    return withOpenLog(found, async (open) => {
        const archives: FinishedArchive[] = [];
        try {
            return await rotateOpenLog(open, found, archives, context);
        } finally {
            for (const archive of archives) {
                context.archived(found.name, archive);
            }
        }
    });
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
    return withOpenLog(found, async (open) => {
        const entry = context.journal.stored(identityOf(open.stats))?.entry;
        if (!entry || entry.pending || whyAnotherLog(open.descriptor, entry) !== undefined) {
            return { isRotated: false, space: nothingToGive };
        }
        const archives: FinishedArchive[] = [];
        const space = await reclaim(open, found, entry, archives, context, isNearlyFull);
        for (const archive of archives) {
            context.archived(found.name, archive);
        }
        return { isRotated: archives.length > 0, space };
    });
}

async function withOpenLog(
    found: FoundLog,
    work: (open: OpenLog) => Promise<RotationOutcome>,
): Promise<RotationOutcome> {
    const open = openLog(found);
    if (!open) {
        return gone;
    }
    try {
        return await work(open);
    } finally {
        closeSync(open.descriptor);
    }
}

async function rotateOpenLog(
    open: OpenLog,
    found: FoundLog,
    archives: FinishedArchive[],
    context: RotationContext,
): Promise<RotationOutcome> {
    const { descriptor: log, stats } = open;
    const { settings } = context;
    const identity = identityOf(stats);
    const unfinished = { log, identity, archives };
    const { known, start, lastArchiveTime } = await whereArchived(open, found, unfinished, context);
    const { end, areDue } = unarchivedLines(open, start, known?.lastArchiveTime, context);
    const missing = missingLineEnd(Number(stats.size), end);
    if (missing !== undefined) {
        context.remark(found.name, missing);
    }
    if (!areDue) {
        const space = known ? await reclaim(open, found, known, archives, context, false) : nothingToGive;
        return { isRotated: archives.length > 0, space };
    }
    let entry: JournalEntry = {
        path: found.name,
        archivedUpTo: start,
        givenBackUpTo: known?.givenBackUpTo ?? 0,
        waiting: known?.waiting,
        lastArchiveTime,
        head: known?.head ?? headOfLog(log, start),
        tail: known?.tail,
        birth: birthOf(stats),
    };
    for (let bytes = firstPiece(settings); entry.archivedUpTo < end; ) {
        const from = entry.archivedUpTo;
        const pieceEnd = endOfPiece(log, from, end, bytes);
        const range = { log, start: from, end: pieceEnd };
        try {
            const done = await archiveLines({ identity, entry, range, archivedUpTo: pieceEnd }, context);
            archives.push(done.archive);
            entry = done.entry;
        } catch (error) {
            const smaller = isOutOfSpace(error) ? smallerPiece(pieceEnd - from) : undefined;
            if (smaller === undefined) {
                throw error;
            }
            bytes = smaller;
            continue;
        }
        if (entry.archivedUpTo < end) {
            const { result, entry: given } = await reclaimByHole(open, found, entry, context, false);
            if (result.anotherLog !== undefined || result.changed) {
                return { isRotated: true, space: result };
            }
            entry = given;
            bytes = firstPiece(settings);
        }
    }
    return { isRotated: true, space: await reclaim(open, found, entry, archives, context, false) };
}

/** Gives space back: by a hole, and where there can't be one, by copy and truncation. */
async function reclaim(
    open: OpenLog,
    found: FoundLog,
    entry: JournalEntry,
    archives: FinishedArchive[],
    context: RotationContext,
    isNearlyFull: boolean,
): Promise<SpaceResult> {
    const { result: space } = await reclaimByHole(open, found, entry, context, isNearlyFull);
    // What Filebeat has not read would be lost to it.
    if (!space.isUnsupported || space.waitingBytes > 0) {
        return space;
    }
    try {
        const { archive, microseconds } = await truncateLog(open.descriptor, identityOf(open.stats), entry, context);
        archives.push(...(archive ? [archive] : []));
        return microseconds === undefined
            ? { ...space, reason: `${space.reason}; and it did not end with a whole line, to be truncated` }
            : { method: "truncated", microseconds, waitingBytes: 0 };
    } catch (error) {
        if (error instanceof AnotherLog) {
            return { ...nothingToGive, anotherLog: error.message };
        }
        throw error;
    }
}

async function reclaimByHole(
    open: OpenLog,
    found: FoundLog,
    entry: JournalEntry,
    context: RotationContext,
    isNearlyFull: boolean,
): Promise<{ readonly result: SpaceResult; readonly entry: JournalEntry }> {
    let last = entry;
    const note = async (next: JournalEntry): Promise<void> => {
        await context.journal.write(identityOf(open.stats), next);
        last = next;
    };
    const result = await reclaimSpace(open, found, entry, { ...context, note, isNearlyFull });
    return { result, entry: last };
}
