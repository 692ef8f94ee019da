// The directories that rotation writes in.

import { mkdirSync } from "node:fs";
import { isOutOfSpace } from "./out-of-space.ts";
import type { RotationSettings } from "./settings.ts";

/** As log-setup makes them; a node's folder in the archive directory gets its group, and that it hands it on. */
const archiveMode = 0o770;
const journalMode = 0o700;

/**
 * Makes the directories of archives and of the journal if they are missing, but not what they are in: where that is
 * missing too, a volume is not mounted or the setting is wrong. On a full disk the journal does without its own for now
 * (`journal.ts`).
 *
 * @throws an error that names the setting
 */
export function makeOwnDirectories({ archiveDirectory, journalDirectory }: RotationSettings): void {
    make("ARCHIVE_DIR", archiveDirectory, archiveMode);
    make("JOURNAL_DIR", journalDirectory, journalMode);
}

function make(setting: string, path: string, mode: number): void {
    // Whatever the umask is. Changing the mode later would take the directory's group from what is made in it.
    const umask = process.umask(0);
    try {
        mkdirSync(path, mode);
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== "EEXIST" && !(setting === "JOURNAL_DIR" && isOutOfSpace(error))) {
            throw new Error(
                `${setting}=${path}: can't be made (${message}); mount its volume, or name another directory`,
            );
        }
    } finally {
        process.umask(umask);
    }
}
