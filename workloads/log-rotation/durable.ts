// What must survive a crash of the machine.
//
// The calls that wait for the disk do so in Node.js' threads: file systems bring what several files wait for to the disk
// together, so many logs at once take hardly longer than one.

import { closeSync, fdatasync, fsync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** Brings the open file to the disk: fsync(2). */
export const syncFile = promisify(fsync);

/** The same without what is not needed to read it again: fdatasync(2). */
export const syncContent = promisify(fdatasync);

/**
 * Replaces a small file as a whole: a reader finds the old content or the new. When this returns, it is on disk.
 *
 * @throws the file system's error, and leaves the old content
 */
export async function writeDurably(path: string, content: string): Promise<void> {
    const temporary = `${path}.new`;
    try {
        await writeFile(temporary, content, { mode: 0o600, flush: true });
        await rename(temporary, path);
    } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
    }
    await syncDirectory(dirname(path));
}

/** The same for what a run cannot begin without; its name may be lost when the machine crashes. */
export function writeDurablySync(path: string, content: string): void {
    const temporary = `${path}.new`;
    try {
        writeFileSync(temporary, content, { mode: 0o600, flush: true });
        renameSync(temporary, path);
    } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
    }
}

/** Makes names that were added to or taken from the directory last (fsync(2), second paragraph of its description). */
export async function syncDirectory(path: string): Promise<void> {
    const descriptor = openSync(path, "r");
    try {
        await syncFile(descriptor);
    } finally {
        closeSync(descriptor);
    }
}
