// Archives that have no final name yet.

import { closeSync, lstatSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mayBeCompressed, readCompleteArchive } from "./archive-origin.ts";
import { removeTemporary } from "./destroy.ts";
import { syncFile } from "./durable.ts";
import type { Journal } from "./journal.ts";
import type { LogIdentity } from "./log-identity.ts";
import { parseTemporaryName, temporaryName } from "./temporary-name.ts";

/**
 * Milliseconds after its last change at which nobody writes an archive any more, on whichever node it was begun: a day. A node's Job
 * ends within the hour.
 */
const abandonedAfter = 24 * 60 * 60 * 1000;

/**
 * The same for an archive that is complete, whose node may have noted that it is: 90 days, as long as entries of logs
 * that are gone are kept.
 */
const completeKept = 90 * 24 * 60 * 60 * 1000;

/** A file that was removed, and why. */
export type Removed = (name: string, reason: string) => void;

/**
 * Clears up the temporary archives that earlier runs left:
 *
 * - of this journal, what an entry knows of stays; so does what is complete where the log's entry is missing or damaged:
 *   it is noted, so that it gets its name. Nothing else is needed, because its lines are archived again.
 * - of other journals, which other nodes may be writing: what has not changed for so long that nobody does.
 */
export async function clearUpTemporary(folder: string, journal: Journal, removed: Removed): Promise<void> {
    const pending = new Set(journal.unfinished().map(({ entry }) => entry?.pending?.temporaryName));
    const others: string[] = [];
    for (const name of readdirSync(folder)) {
        const parts = pending.has(name) ? undefined : parseTemporaryName(name);
        if (!parts) {
            continue;
        }
        const { journalId, identity } = parts;
        if (journalId !== journal.id) {
            others.push(name);
        } else if (journal.stored(identity)?.entry || !(await noteComplete(folder, name, identity, journal))) {
            await removeTemporary(join(folder, name));
            removed(name, "an earlier run was ended while it wrote this archive");
        }
    }
    await removeOldOnes(folder, others, journal.id, removed);
}

/** Notes a complete archive of which the journal does not know, so that it gets its name; returns whether it is one. */
async function noteComplete(folder: string, name: string, identity: LogIdentity, journal: Journal): Promise<boolean> {
    const archive = readCompleteArchive(join(folder, name));
    if (!archive?.origin) {
        return false;
    }
    // It may have been ended before it was synced.
    const file = openSync(join(folder, name), "r");
    try {
        await syncFile(file);
    } finally {
        closeSync(file);
    }
    const { path, start, end, head, tail, birth, name: finalName, time } = archive.origin;
    const { bytes, sha256 } = archive;
    const pending = { folder, temporaryName: name, finalName, end, tail, time, bytes, sha256 };
    await journal.write(identity, { path, archivedUpTo: start, givenBackUpTo: 0, head, birth, pending });
    return true;
}

async function removeOldOnes(
    folder: string,
    names: readonly string[],
    journalId: string,
    removed: Removed,
): Promise<void> {
    const now = names.length > 0 ? await clockOfVolume(folder, journalId) : undefined;
    if (now === undefined) {
        return;
    }
    for (const name of names) {
        const path = join(folder, name);
        const age = now - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now);
        if (age > completeKept || (age > abandonedAfter && isIncomplete(path))) {
            await removeTemporary(path);
            removed(name, `nobody has written it for ${Math.floor(age / abandonedAfter)} days`);
        }
    }
}

/** Whether it is certain; of an archive that is not compressed nothing tells. */
function isIncomplete(path: string): boolean {
    return mayBeCompressed(path) && !readCompleteArchive(path);
}

/** What time it is for the volume, which may be another machine's; this one's clock may be wrong. */
async function clockOfVolume(folder: string, journalId: string): Promise<number | undefined> {
    const probe = join(folder, temporaryName(journalId, { device: "0", inode: "0" }));
    try {
        writeFileSync(probe, "", { flag: "wx", mode: 0o600 });
    } catch {
        // Without it nothing is removed.
        return undefined;
    }
    try {
        return lstatSync(probe).mtimeMs;
    } finally {
        await removeTemporary(probe);
    }
}
