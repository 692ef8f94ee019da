// Makes one archive of the next lines of a log: written and synced, noted, named, noted.

import { existsSync, fdatasyncSync } from "node:fs";
import { join } from "node:path";
import { archiveName, nextArchiveTime } from "./archive-name.ts";
import type { LogRange } from "./archive-piece.ts";
import type { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { LogIdentity } from "./log-identity.ts";
import { type NamingStep, namePending } from "./name-archive.ts";
import type { RotationSettings } from "./settings.ts";
import { temporaryName } from "./temporary-archives.ts";
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
    { settings, journal, now, lastArchiveTimeOf, after }: ArchiveContext,
): Promise<{ readonly archive: FinishedArchive; readonly entry: JournalEntry }> {
    const { archiveDirectory, isCompressed } = settings;
    const last = Math.max(lastArchiveTimeOf(entry.path) ?? 0, entry.lastArchiveTime ?? 0);
    const { finalName, time } = freeName(entry.path, nextArchiveTime(now(), last), settings);
    const temporary = temporaryName(journal.id, identity);
    const written = await writeArchive(range, join(archiveDirectory, temporary), isCompressed);
    // The log must not come back shorter than the archive says when the machine crashes: it would count as a new one.
    fdatasyncSync(range.log);
    after?.("archive-written");
    const note = (next: JournalEntry): void => journal.write(identity, next);
    const noted: JournalEntry = {
        ...entry,
        pending: {
            folder: archiveDirectory,
            temporaryName: temporary,
            finalName,
            end: archivedUpTo,
            time,
            bytes: written.bytesOut,
            sha256: written.sha256,
            areCarried,
        },
    };
    note(noted);
    after?.("pending-noted");
    const archived = namePending(noted, { archiveDirectory, note, after });
    if (archived.lastArchiveTime === undefined || archived.lastArchiveTime < time) {
        throw new Error("its archive was taken away before it had its name; the next run makes it again");
    }
    const name = archiveName(entry.path, archived.lastArchiveTime, isCompressed);
    return { archive: { ...written, name }, entry: archived };
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
