// Do rotation and the uploader share the archive volume? Rotation writes there as root, the uploader reads and deletes in
// the log tree's group. Some volumes force an owner of their own on everything, so modes and numbers don't tell, and only
// trying does: log-setup leaves what rotation would leave, and a second run, in the group, does what the uploader does.

import { closeSync, constants, fchmodSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EntryPath } from "../held-directory.ts";

/** Directory of the trial, in the archive directory; it is no archive's name and no node's. */
const trialDirectory = ".log-setup-trial";
const leftFile = "left-by-root";
const ownFile = "made-by-the-group";
const content = "trial\n";
/** As rotation makes a node's directory and an archive (log-rotation/own-directories.ts, write-archive.ts). */
const directoryMode = 0o770;
const fileMode = 0o640;

/**
 * Leaves a directory and a file as rotation does, in the place of those of an earlier trial.
 *
 * @param entry entries of the archive directory, which is held open
 * @throws the file system's error
 */
export function leaveTrial(entry: EntryPath): void {
    const directory = entry(trialDirectory);
    rmSync(directory, { recursive: true, force: true });
    // Whatever the umask is. Changing the mode later would take the directory's group from what is made in it.
    const umask = process.umask(0);
    try {
        mkdirSync(directory, directoryMode);
    } finally {
        process.umask(umask);
    }
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = openSync(join(directory, leftFile), flags, fileMode);
    try {
        fchmodSync(file, fileMode);
        writeFileSync(file, content);
    } finally {
        closeSync(file);
    }
}

/**
 * Reads what {@link leaveTrial} left, writes a file beside it, and deletes it all.
 *
 * @throws an error that names what could not be done and what to change
 */
export function finishTrial(archiveDirectory: string): void {
    const directory = join(archiveDirectory, trialDirectory);
    const attempt = (what: string, action: () => void): void => {
        try {
            action();
        } catch (error) {
            const who = `user ${process.getuid?.()} in group ${process.getgid?.()}`;
            throw new Error(
                `${directory}: ${who} can't ${what} (${(error as Error).message}): the uploader could not work on the ` +
                    "archive volume; use a volume whose owner can be changed, or one that gives all users one owner, " +
                    "as an EFS access point does",
            );
        }
    };
    attempt("read what rotation leaves", () => {
        const found = readFileSync(join(directory, leftFile), "utf8");
        if (found !== content) {
            throw new Error(`expected ${JSON.stringify(content)}, found ${JSON.stringify(found)}`);
        }
    });
    attempt("write", () => writeFileSync(join(directory, ownFile), content, { flag: "wx" }));
    attempt("delete what rotation leaves", () => rmSync(directory, { recursive: true }));
}
