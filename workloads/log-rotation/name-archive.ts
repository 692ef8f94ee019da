// Gives a complete archive its final name, without ever taking the place of another file and without ever archiving
// lines twice or losing them, wherever it is ended (docs/log-rotation.md).

import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readSync } from "node:fs";
import { link } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { archiveName, excessBytes, shortenedArchiveName } from "../../formats/archive-name.ts";
import { nextArchiveTime } from "./archive-time.ts";
import { removeTemporary } from "./destroy.ts";
import { syncDirectory } from "./durable.ts";
import type { JournalEntry, PendingArchive } from "./journal-entry.ts";

/** What naming works with. */
export interface Naming {
    readonly archiveDirectory: string;
    /** Writes the log's journal entry. */
    readonly note: (entry: JournalEntry) => Promise<void>;
    /** An earlier run made the archive: what has become of it since is looked at. */
    readonly isFound?: boolean;
    /** Called after each step. */
    readonly after?: ((step: NamingStep) => void) | undefined;
}

/** Steps after which a test may end the program. */
export type NamingStep = "archive-named" | "end-noted" | "temporary-removed";

/**
 * Does what a journal entry with a pending archive says is about to be done. Returns the entry as it is then: without
 * the pending archive, and with its lines archived, unless the archive is gone or damaged. Then they are not, and are
 * still in the log.
 *
 * @throws the file system's error; the entry keeps its pending archive then
 */
export async function namePending(entry: JournalEntry, naming: Naming): Promise<JournalEntry> {
    const { pending, ...known } = entry;
    if (!pending) {
        return entry;
    }
    const { note, after, isFound = false } = naming;
    const archiveDirectory = folderOf(pending, naming);
    const temporaryPath = join(archiveDirectory, pending.temporaryName);
    const isReady = isFound ? isComplete(temporaryPath, pending) : isThere(temporaryPath);
    const named = isReady
        ? await nameIt(entry, pending, archiveDirectory, note)
        : isComplete(join(archiveDirectory, pending.finalName), pending)
          ? pending
          : undefined;
    if (!named) {
        await note(known);
        return known;
    }
    await syncDirectory(archiveDirectory);
    after?.("archive-named");
    const archived: JournalEntry = {
        ...known,
        archivedUpTo: named.end,
        tail: named.tail,
        lastArchiveTime: named.time,
        carriedBytes: named.areCarried ? undefined : known.carriedBytes,
    };
    await note(archived);
    after?.("end-noted");
    // Not before: as long as it is there, it is certain that the archive is complete, even when the uploader has taken
    // the named one away already.
    await removeTemporary(temporaryPath);
    after?.("temporary-removed");
    return archived;
}

function folderOf({ folder }: PendingArchive, { archiveDirectory }: Naming): string {
    return folder !== undefined && isThere(folder) ? folder : archiveDirectory;
}

/** Codes of link(2) on a file system without hard links; Node.js has no name for EOPNOTSUPP. */
const withoutLinks = [constants.errno.EPERM, constants.errno.EOPNOTSUPP, constants.errno.ENOSYS];

/** Archive with the name that it got: that of the entry, or the next free one. */
async function nameIt(
    entry: JournalEntry,
    first: PendingArchive,
    archiveDirectory: string,
    note: (entry: JournalEntry) => Promise<void>,
): Promise<PendingArchive> {
    const temporaryPath = join(archiveDirectory, first.temporaryName);
    const nameAt = excessBytes(entry.path) > 0 ? shortenedArchiveName : archiveName;
    for (let pending = first; ; ) {
        let time: number;
        try {
            // rename(2) would replace a file of that name; link(2) refuses.
            await link(temporaryPath, join(archiveDirectory, pending.finalName));
            return pending;
        } catch (error) {
            const { code = "", errno = 0 } = error as NodeJS.ErrnoException;
            if (withoutLinks.includes(-errno)) {
                throw new Error(
                    `the file system of ARCHIVE_DIR=${archiveDirectory} has no hard links (${code}), without which an archive could take the place of another; use one that has (ext4, XFS, btrfs, tmpfs, NFS)`,
                );
            }
            if (code === "ENAMETOOLONG") {
                time = pending.time;
            } else if (code === "EEXIST") {
                if (isSameFile(temporaryPath, join(archiveDirectory, pending.finalName))) {
                    return pending;
                }
                time = nextArchiveTime(pending.time, pending.time);
            } else {
                throw error;
            }
        }
        const finalName = nameAt(entry.path, time, pending.finalName.endsWith(".gz"));
        if (finalName === pending.finalName) {
            throw new Error(`ENAMETOOLONG: the file system of ARCHIVE_DIR=${archiveDirectory} takes no ${finalName}`);
        }
        pending = { ...pending, time, finalName };
        await note({ ...entry, pending });
    }
}

/** Whether the archive is there under that path, byte by byte. */
function isComplete(path: string, { bytes, sha256 }: PendingArchive): boolean {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size === bytes && sha256Of(path) === sha256;
}

/** @throws every error but that of a missing file: what can't be looked at isn't missing */
function isThere(path: string): boolean {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isSameFile(one: string, other: string): boolean {
    const [a, b] = [one, other].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
    return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

function sha256Of(path: string): string {
    const hash = createHash("sha256");
    const chunk = Buffer.alloc(256 * 1024);
    const file = openSync(path, "r");
    try {
        for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
            hash.update(chunk.subarray(0, bytes));
        }
    } finally {
        closeSync(file);
    }
    return hash.digest("hex");
}
