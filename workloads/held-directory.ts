// Directories that are held open while something is done in them. Applications may write in the log tree's directories,
// so that a name there can become a link at any moment; what is reached through an open directory stays where it was.

import { closeSync, constants, openSync } from "node:fs";

/** Path of an entry of a directory that is held open; see proc_pid_fd(5). */
export type EntryPath = (name: string) => string;

/**
 * Does the work while the directory is held open.
 *
 * @param path the directory; its last part must not be a link
 * @throws ELOOP or ENOTDIR when it is a link or something else than a directory, and what the work throws
 */
export function inDirectory<T>(path: string, work: (entry: EntryPath, descriptor: number) => T): T {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
        return work((name) => `/proc/self/fd/${descriptor}/${name}`, descriptor);
    } finally {
        closeSync(descriptor);
    }
}
