// Archives that have no final name yet.

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "./journal.ts";
import type { LogIdentity } from "./log-identity.ts";

const suffix = ".partial";
const pattern = /^\.(?<journal>[^-]+)-(?<device>\d+)-(?<inode>\d+)\.partial$/;

/** Name of the archive of a log until it is complete; the uploader passes over names that begin with a dot. */
export function temporaryName(journalId: string, { device, inode }: LogIdentity): string {
    return `.${journalId}-${device}-${inode}${suffix}`;
}

/**
 * Removes the temporary archives of this journal that were not complete when an earlier run was ended, and returns their
 * names. Those of other journals, which other nodes may be writing, are not touched, nor is what an entry knows of, or
 * may know of because it can't be read.
 */
export function removeAbandoned(archiveDirectory: string, journal: Journal): readonly string[] {
    const pending = new Set(journal.unfinished().map(({ entry }) => entry?.pending?.temporaryName));
    const abandoned = readdirSync(archiveDirectory).filter((name) => {
        const { journal: id, device = "", inode = "" } = pattern.exec(name)?.groups ?? {};
        if (id !== journal.id || pending.has(name)) {
            return false;
        }
        const stored = journal.stored({ device, inode });
        return !stored || stored.entry !== undefined;
    });
    for (const name of abandoned) {
        rmSync(join(archiveDirectory, name));
    }
    return abandoned;
}
