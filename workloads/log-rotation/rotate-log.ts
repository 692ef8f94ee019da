// Rotation of one log: archive the next whole lines, then give their space back.
//
// The order makes it safe to be killed anywhere (docs/log-rotation.md):
//   1. the archive is written under a temporary name and synced
//   2. the journal says that it is complete and which name it gets       -- from here on the lines are archived
//   3. it is renamed; a run that finds step 2 in the journal and the temporary name does it again,
//      one that finds the temporary name gone knows that it was done
//   4. the journal says how far the log is archived
//   5. a hole takes the place of the archived blocks

import { closeSync, constants, existsSync, fstatSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { archiveName, nextArchiveTime } from "./archive-name.ts";
import { dueReason, lineTime } from "./due.ts";
import type { FoundLog } from "./find-logs.ts";
import { giveSpaceBack, type SpaceResult } from "./give-space-back.ts";
import {
    headBytes,
    headOfLog,
    type Journal,
    type JournalEntry,
    type PendingArchive,
    syncDirectory,
} from "./journal.ts";
import type { RotationSettings } from "./settings.ts";
import { endOfWholeLines, lineAt } from "./whole-lines.ts";
import { type WrittenArchive, writeArchive } from "./write-archive.ts";

/** What rotation did with one log. */
export type RotationOutcome =
    | { readonly is: "not-due"; readonly space?: SpaceResult }
    | {
          readonly is: "rotated";
          readonly archive: string;
          readonly written: WrittenArchive;
          readonly space: SpaceResult;
      };

/** Steps after which a test may stop the program, to see that the next run goes on. */
export type RotationStep = "archive-written" | "pending-noted" | "archive-renamed" | "end-noted" | "space-given";

/** What rotation works with. */
export interface RotationContext {
    readonly settings: RotationSettings;
    readonly journal: Journal;
    readonly now: () => number;
    /** Called after each step. */
    readonly after?: (step: RotationStep) => void;
}

/**
 * Rotates the log if it is due, after finishing what an earlier run left unfinished.
 *
 * @throws the file system's error; nothing is lost then, and the next run tries again
 */
export async function rotateLog(found: FoundLog, context: RotationContext): Promise<RotationOutcome> {
    const log = openSync(found.path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
        const stats = fstatSync(log);
        if (!stats.isFile() || stats.nlink !== 1) {
            throw new Error("it became something else than a file with one name");
        }
        return await rotateOpenLog(log, stats, found, context);
    } finally {
        closeSync(log);
    }
}

async function rotateOpenLog(
    log: number,
    stats: { readonly dev: number; readonly ino: number; readonly size: number; readonly birthtimeMs: number },
    found: FoundLog,
    context: RotationContext,
): Promise<RotationOutcome> {
    const { settings, journal, now, after } = context;
    const note = (entry: JournalEntry) => journal.write(stats.dev, stats.ino, entry);
    const known = finishPending(journal.read(stats.dev, stats.ino), settings, note);
    const start = known && isSameLog(log, stats.size, known) ? known.archivedUpTo : 0;
    const end = endOfWholeLines(log, start, stats.size);
    const oldestLineTime = lineTime(lineAt(log, start), now(), known?.lastArchiveTime ?? stats.birthtimeMs);
    if (!dueReason({ unarchivedBytes: end - start, oldestLineTime, now: now() }, settings)) {
        return { is: "not-due", ...(start > 0 ? { space: space(log, start, settings) } : {}) };
    }

    const time = nextArchiveTime(now(), known?.lastArchiveTime);
    const pending = freeName(found, time, end, settings);
    const temporaryPath = join(settings.archiveDirectory, pending.temporaryName);
    const written = await writeArchive({ log, start, end }, temporaryPath, settings.isCompressed);
    after?.("archive-written");
    const head = headOfLog(log, end);
    note({ path: found.name, archivedUpTo: start, lastArchiveTime: known?.lastArchiveTime, head, pending });
    after?.("pending-noted");
    giveFinalName(pending, settings);
    after?.("archive-renamed");
    note({ path: found.name, archivedUpTo: end, lastArchiveTime: pending.time, head });
    after?.("end-noted");
    const given = space(log, end, settings);
    after?.("space-given");
    return { is: "rotated", archive: pending.finalName, written, space: given };
}

/** Does what an earlier run was about to do: the archive it noted is complete, so its lines are archived. */
function finishPending(
    entry: JournalEntry | undefined,
    settings: RotationSettings,
    note: (entry: JournalEntry) => void,
): JournalEntry | undefined {
    if (!entry?.pending) {
        return entry;
    }
    const { pending, ...others } = entry;
    if (existsSync(join(settings.archiveDirectory, pending.temporaryName))) {
        giveFinalName(pending, settings);
    }
    const finished = { ...others, archivedUpTo: pending.end, lastArchiveTime: pending.time };
    note(finished);
    return finished;
}

function giveFinalName({ temporaryName, finalName }: PendingArchive, { archiveDirectory }: RotationSettings): void {
    renameSync(join(archiveDirectory, temporaryName), join(archiveDirectory, finalName));
    syncDirectory(archiveDirectory);
}

/** A name that no archive has: nobody else makes archives while the lock is held, so it stays free. */
function freeName(found: FoundLog, first: number, end: number, settings: RotationSettings): PendingArchive {
    for (let time = first; ; time = nextArchiveTime(time, time)) {
        const finalName = archiveName(found.directory, found.file, time, settings.isCompressed);
        if (!existsSync(join(settings.archiveDirectory, finalName))) {
            return { finalName, temporaryName: `.${finalName}.partial`, end, time };
        }
    }
}

/** Whether the open file is the one that the journal knows: not shortened, and with the same beginning. */
function isSameLog(log: number, size: number, known: JournalEntry): boolean {
    return (
        size >= known.archivedUpTo && headOfLog(log, Math.min(headBytes, known.head.bytes)).sha256 === known.head.sha256
    );
}

function space(log: number, archivedUpTo: number, { filebeatRegistry }: RotationSettings): SpaceResult {
    if (filebeatRegistry !== undefined) {
        return {
            method: "kept",
            reason: "FILEBEAT_REGISTRY is set, and this version does not read what Filebeat has acknowledged",
        };
    }
    return giveSpaceBack(log, archivedUpTo);
}
