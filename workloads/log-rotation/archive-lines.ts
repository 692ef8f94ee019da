// Makes one archive of the next lines of a log: written and synced, noted, named, noted.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { archiveName } from "../../formats/archive-name.ts";
import type { Slots } from "../at-most.ts";
import type { ArchiveOrigin } from "./archive-origin.ts";
import type { LogRange } from "./archive-piece.ts";
import { isFromWrongClock, nextArchiveTime } from "./archive-time.ts";
import { AnotherLog, removeTemporary } from "./destroy.ts";
import { syncContent } from "./durable.ts";
import type { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { type HeadOfLog, headBytes, headOfLog, type LogIdentity, type TailOfLog, tailOfLog } from "./log-identity.ts";
import { type NamingStep, namePending } from "./name-archive.ts";
import { whyAnotherLog } from "./same-log.ts";
import type { RotationSettings } from "./settings.ts";
import { temporaryName } from "./temporary-name.ts";
import { isLineEnd } from "./whole-lines.ts";
import { type WrittenArchive, writeArchive } from "./write-archive.ts";

/** An archive under its final name. */
export interface FinishedArchive extends WrittenArchive {
    readonly name: string;
}

/** Steps after which a test may end the program. */
export type ArchiveStep = "archive-written" | "pending-noted" | NamingStep;

/** What it works with. */
export interface ArchiveContext {
    readonly settings: RotationSettings;
    readonly journal: Journal;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** Time in the name of the last archive of any log that had this path, milliseconds since 1970. */
    readonly lastArchiveTimeOf: (path: string) => number | undefined;
    /** Archives that are written at the same time. */
    readonly writing: Slots;
    /** Called after each step. */
    readonly after?: ((step: ArchiveStep) => void) | undefined;
}

/** The lines of which an archive is made. */
export interface LinesOfLog {
    readonly identity: LogIdentity;
    /** What the journal shall know of the log as long as the archive has no name. */
    readonly entry: JournalEntry;
    readonly range: LogRange;
    /** Everything before this offset of the log is archived when the archive has its name. */
    readonly archivedUpTo: number;
    /** The lines are those that were carried away before the log was truncated. */
    readonly areCarried?: true;
}

/**
 * Archives the lines. Returns the archive, and the journal's entry as it is then.
 *
 * @throws the file system's error; no line is lost then, and the next run goes on
 */
export async function archiveLines(
    { identity, entry, range, archivedUpTo, areCarried }: LinesOfLog,
    { settings, journal, now, lastArchiveTimeOf, writing, after }: ArchiveContext,
): Promise<{ readonly archive: FinishedArchive; readonly entry: JournalEntry }> {
    const { archiveDirectory, isCompressed } = settings;
    const { path, birth } = entry;
    const current = now();
    const lastTimes = [lastArchiveTimeOf(path) ?? 0, entry.lastArchiveTime ?? 0];
    const last = Math.max(0, ...lastTimes.filter((each) => !isFromWrongClock(each, current)));
    const { finalName, time } = freeName(path, nextArchiveTime(current, last), settings);
    const { start, end } = range;
    const marks = areCarried ? { head: entry.head } : marksOf(range, entry);
    const { head, tail }: { readonly head: HeadOfLog; readonly tail?: TailOfLog } = marks;
    // Of carried lines, which are nowhere in the log, an archive says nothing.
    const origin: ArchiveOrigin | undefined = tail && {
        name: finalName,
        time,
        path,
        identity,
        birth,
        head,
        start,
        end,
        tail,
    };
    const temporary = temporaryName(journal.id, identity);
    const temporaryPath = join(archiveDirectory, temporary);
    // Of an attempt that failed before: its lines are archived here again.
    await removeTemporary(temporaryPath);
    const written = await writeArchive(range, temporaryPath, { isCompressed, origin, writing });
    // The log must not come back shorter than the archive says when the machine crashes: it would count as a new one.
    await syncContent(range.log);
    const changed = tail && whyAnotherLog(range.log, { ...entry, head, tail, archivedUpTo: end });
    if (changed !== undefined) {
        await removeTemporary(temporaryPath);
        throw new AnotherLog(`${changed} while it was read`);
    }
    after?.("archive-written");
    const note = (next: JournalEntry): Promise<void> => journal.write(identity, next);
    const noted: JournalEntry = {
        ...entry,
        head,
        pending: {
            folder: archiveDirectory,
            temporaryName: temporary,
            finalName,
            end: archivedUpTo,
            tail,
            time,
            bytes: written.bytesOut,
            sha256: written.sha256,
            areCarried,
        },
    };
    await note(noted);
    after?.("pending-noted");
    const archived = await namePending(noted, { archiveDirectory, note, after });
    if (archived.archivedUpTo !== archivedUpTo || archived.carriedBytes !== undefined) {
        throw new Error("its archive was taken away before it had its name; the next run makes it again");
    }
    const name = archiveName(path, archived.lastArchiveTime ?? time, isCompressed);
    return { archive: { ...written, name }, entry: archived };
}

/**
 * By what the log is known when the range is archived. The range is still what follows the entry's archives when both are
 * taken: so a log that is truncated and written again before they are, while it is read, or afterwards, is told from it.
 *
 * @throws {AnotherLog} when it is not
 */
function marksOf({ log, end }: LogRange, entry: JournalEntry): { readonly head: HeadOfLog; readonly tail: TailOfLog } {
    const head = entry.head.bytes < headBytes ? headOfLog(log, end) : entry.head;
    const tail = tailOfLog(log, end);
    const changed = whyAnotherLog(log, entry) ?? (isLineEnd(log, end) ? undefined : "its lines changed");
    if (changed !== undefined) {
        throw new AnotherLog(`${changed} before it was read`);
    }
    return { head, tail };
}

/** A name that no archive has now, not earlier than `first`. */
function freeName(
    path: string,
    first: number,
    { archiveDirectory, isCompressed }: RotationSettings,
): { readonly finalName: string; readonly time: number } {
    for (let time = first; ; time = nextArchiveTime(time, time)) {
        const finalName = archiveName(path, time, isCompressed);
        if (!existsSync(join(archiveDirectory, finalName))) {
            return { finalName, time };
        }
    }
}
