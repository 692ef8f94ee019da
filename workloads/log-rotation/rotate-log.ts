// Rotation of one log: archive the next whole lines, then give their space back.
//
// The order makes it safe to be ended anywhere (docs/log-rotation.md):
//   1. the archive is written under a temporary name and synced
//   2. the journal says that it is complete and which name it gets
//   3. it gets that name beside the temporary one
//   4. the journal says how far the log is archived; the temporary name goes
//   5. a hole takes the place of the archived blocks
// A run that finds an entry of step 2 goes on with step 3.

import { closeSync, existsSync, fdatasyncSync } from "node:fs";
import { join } from "node:path";
import { archiveName, nextArchiveTime } from "./archive-name.ts";
import { dueReason, lineTime } from "./due.ts";
import type { FilebeatProgress } from "./filebeat-progress.ts";
import type { FoundLog } from "./find-logs.ts";
import type { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { headOfLog, identityOf, type LogIdentity } from "./log-identity.ts";
import { namePending } from "./name-archive.ts";
import { type OpenLog, openLog } from "./open-log.ts";
import { reclaimSpace, type SpaceContext, type SpaceResult, type SpaceStep } from "./reclaim-space.ts";
import type { RotationSettings } from "./settings.ts";
import { temporaryName } from "./temporary-archives.ts";
import { startOfUnknownLog } from "./unknown-log.ts";
import { endOfWholeLines, lineAt } from "./whole-lines.ts";
import { type WrittenArchive, writeArchive } from "./write-archive.ts";

/** What rotation did with one log. */
export interface RotationOutcome {
    /** Undefined: the log was not due. */
    readonly archive?: WrittenArchive & { readonly name: string };
    readonly space: SpaceResult;
    /** Offset at which it went on with a log whose journal is lost. */
    readonly resumedAt?: number;
}

/** Steps after which a test may end the program, to see that the next run goes on. */
export type RotationStep =
    | "archive-written"
    | "pending-noted"
    | "archive-named"
    | "end-noted"
    | "temporary-removed"
    | SpaceStep;

/** What rotation works with. */
export interface RotationContext {
    readonly settings: RotationSettings;
    readonly journal: Journal;
    readonly filebeat: FilebeatProgress;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** Time in the name of the last archive of any log that had this path, milliseconds since 1970. */
    readonly lastArchiveTimeOf: (path: string) => number | undefined;
    /** Called after each step. */
    readonly after?: (step: RotationStep) => void;
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
export function reclaimAgain(found: FoundLog, context: RotationContext, isNearlyFull: boolean): SpaceResult {
    const log = openLog(found);
    try {
        const identity = identityOf(log.stats);
        const isSame = (entry: JournalEntry) => isSameLog(log.descriptor, Number(log.stats.size), entry);
        const entry = context.journal.find(identity, isSame);
        return entry && !entry.pending && isSame(entry)
            ? reclaimSpace(log, found, entry, { ...spaceContext(identity, context), isNearlyFull })
            : { method: "nothing-to-give", waitingBytes: 0 };
    } finally {
        closeSync(log.descriptor);
    }
}

function spaceContext(
    identity: LogIdentity,
    { filebeat, now, journal, after }: RotationContext,
): Omit<SpaceContext, "isNearlyFull"> {
    return { filebeat, now, note: (entry) => journal.write(identity, entry), after };
}

async function rotateOpenLog(open: OpenLog, found: FoundLog, context: RotationContext): Promise<RotationOutcome> {
    const { descriptor: log, stats } = open;
    const { settings, journal, now, after } = context;
    const identity = identityOf(stats);
    const size = Number(stats.size);
    const naming = {
        archiveDirectory: settings.archiveDirectory,
        note: (entry: JournalEntry) => journal.write(identity, entry),
        after,
    };
    const reclaiming = { ...spaceContext(identity, context), isNearlyFull: false };

    const stored = journal.find(identity, (entry) => entry.path === found.name && isSameLog(log, size, entry));
    const finished = stored && namePending(stored, naming);
    const known = finished && isSameLog(log, size, finished) ? finished : undefined;
    const start = known?.archivedUpTo ?? (finished ? 0 : startOfUnknownLog(log, stats));
    const resumed = !known && start > 0 ? { resumedAt: start } : {};
    const end = endOfWholeLines(log, start, size);
    const oldestLineTime = lineTime(lineAt(log, start), now(), known?.lastArchiveTime ?? Number(stats.birthtimeMs));
    if (!dueReason({ unarchivedBytes: end - start, oldestLineTime, now: now() }, settings)) {
        const space: SpaceResult = known
            ? reclaimSpace(open, found, known, reclaiming)
            : { method: "nothing-to-give", waitingBytes: 0 };
        return { space, ...resumed };
    }

    const last = Math.max(context.lastArchiveTimeOf(found.name) ?? 0, finished?.lastArchiveTime ?? 0);
    const { finalName, time } = freeName(found, nextArchiveTime(now(), last), settings);
    const temporary = temporaryName(journal.id, identity);
    const written = await writeArchive(
        { log, start, end },
        join(settings.archiveDirectory, temporary),
        settings.isCompressed,
    );
    // The log must not come back shorter than the archive says when the machine crashes: it would count as a new one.
    fdatasyncSync(log);
    after?.("archive-written");
    const noted: JournalEntry = {
        path: found.name,
        archivedUpTo: start,
        givenBackUpTo: known?.givenBackUpTo ?? 0,
        waiting: known?.waiting,
        lastArchiveTime: finished?.lastArchiveTime,
        head: headOfLog(log, end),
        pending: {
            folder: settings.archiveDirectory,
            temporaryName: temporary,
            finalName,
            end,
            time,
            bytes: written.bytesOut,
            sha256: written.sha256,
        },
    };
    naming.note(noted);
    after?.("pending-noted");
    const archived = namePending(noted, naming);
    if (archived.archivedUpTo !== end || archived.lastArchiveTime === undefined) {
        throw new Error("its archive was taken away before it had its name; the next run makes it again");
    }
    return {
        archive: {
            ...written,
            name: archiveName(found.directory, found.file, archived.lastArchiveTime, settings.isCompressed),
        },
        space: reclaimSpace(open, found, archived, reclaiming),
        ...resumed,
    };
}

/** A name that no archive has now, not earlier than `first`. */
function freeName(
    { directory, file }: FoundLog,
    first: number,
    { archiveDirectory, isCompressed }: RotationSettings,
): { readonly finalName: string; readonly time: number } {
    for (let time = first; ; time = nextArchiveTime(time, time)) {
        const finalName = archiveName(directory, file, time, isCompressed);
        if (!existsSync(join(archiveDirectory, finalName))) {
            return { finalName, time };
        }
    }
}

/** Whether the open file is the one that the journal knows: not shortened, and with the same beginning. */
function isSameLog(log: number, size: number, known: JournalEntry): boolean {
    return size >= known.archivedUpTo && headOfLog(log, known.head.bytes).sha256 === known.head.sha256;
}
