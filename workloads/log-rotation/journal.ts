// What rotation knows of each log from one run to the next: how far it is archived, and what was under way.
//
// One small JSON file a log, named by device and inode, because a log keeps both when it is renamed. It is written
// whole under another name, synced and renamed, so that a reader finds the old entry or the new one and never a torn one.

import { createHash } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/** An archive that is complete and on disk under its temporary name, and about to get its final one. */
export interface PendingArchive {
    /** Names in the archive directory. */
    readonly temporaryName: string;
    readonly finalName: string;
    /** Offset in the log at which the archive ends. */
    readonly end: number;
    /** Time in the final name, milliseconds since 1970. */
    readonly time: number;
}

/** What is known of one log. */
export interface JournalEntry {
    /** Path below the log root when it was last seen: for people who look here. */
    readonly path: string;
    /** Everything before this offset is in archives. */
    readonly archivedUpTo: number;
    /** Time in the name of the last archive, milliseconds since 1970. */
    readonly lastArchiveTime?: number;
    /** Beginning of the log, which tells it from another file that got the same inode. */
    readonly head: HeadOfLog;
    readonly pending?: PendingArchive;
}

/** The first bytes of a log, as far as they were there. */
export interface HeadOfLog {
    readonly bytes: number;
    readonly sha256: string;
}

/** Bytes at the beginning of a log that rotation never takes away, so that they still tell it apart. */
export const headBytes = 1024;

/** The journal in one directory. */
export class Journal {
    readonly #folder: string;

    /** Makes the directory if it is missing. */
    constructor(folder: string) {
        this.#folder = folder;
        mkdirSync(folder, { recursive: true, mode: 0o700 });
    }

    /** The entry of the log with this device and inode; `undefined` when there is none. */
    read(device: number, inode: number): JournalEntry | undefined {
        const file = this.#file(device, inode);
        let text: string;
        try {
            text = readFileSync(file, "utf8");
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === "ENOENT") {
                return undefined;
            }
            throw error;
        }
        return parseEntry(text, file);
    }

    /** Replaces the entry; when this returns, it is on disk. */
    write(device: number, inode: number, entry: JournalEntry): void {
        const file = this.#file(device, inode);
        const temporary = `${file}.new`;
        const descriptor = openSync(temporary, "w", 0o600);
        try {
            writeSync(descriptor, JSON.stringify(entry));
            fsyncSync(descriptor);
        } finally {
            closeSync(descriptor);
        }
        renameSync(temporary, file);
        syncDirectory(this.#folder);
    }

    #file(device: number, inode: number): string {
        return join(this.#folder, `${device}-${inode}.json`);
    }
}

/** Makes names that were added to or taken from the directory survive a crash of the machine. */
export function syncDirectory(path: string): void {
    const descriptor = openSync(path, "r");
    try {
        fsyncSync(descriptor);
    } finally {
        closeSync(descriptor);
    }
}

/** The beginning of the open log: at most {@link headBytes}, at most `upTo`. */
export function headOfLog(log: number, upTo: number): HeadOfLog {
    const head = Buffer.alloc(Math.min(headBytes, upTo));
    const bytes = readSync(log, head, 0, head.length, 0);
    return { bytes, sha256: createHash("sha256").update(head.subarray(0, bytes)).digest("hex") };
}

function parseEntry(text: string, file: string): JournalEntry {
    const entry: unknown = parseJson(text);
    if (
        typeof entry === "object" &&
        entry !== null &&
        "archivedUpTo" in entry &&
        Number.isSafeInteger(entry.archivedUpTo)
    ) {
        return entry as JournalEntry;
    }
    throw new Error(
        `the journal ${file} can't be read; what it knew is which lines are archived already. Compare the last archive with the log, then mend the file, or remove it to archive the log from its beginning again`,
    );
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
