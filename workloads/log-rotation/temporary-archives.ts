// Archives that have no final name yet.

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "./journal.ts";
import type { LogIdentity } from "./log-identity.ts";

const suffix = ".partial";

/** Name of the archive of a log until it is complete; the uploader passes over names that begin with a dot. */
export function temporaryName(journalId: string, { device, inode }: LogIdentity): string {
    return `.${journalId}-${device}-${inode}${suffix}`;
}

/**
 * Removes the temporary archives of this journal that were not complete when an earlier run was ended, and returns their
 * names. Those of other journals, which other nodes may be writing, are not touched.
 */
export function removeAbandoned(archiveDirectory: string, journal: Journal): readonly string[] {
    const entries = journal.all();
    // What an entry that can't be read knows of is not certain.
    const isUnreadable = entries.some(({ entry }) => entry === undefined);
    const complete = new Set(entries.map(({ entry }) => entry?.pending?.temporaryName));
    const abandoned = readdirSync(archiveDirectory).filter(
        (name) => name.startsWith(`.${journal.id}-`) && name.endsWith(suffix) && !complete.has(name) && !isUnreadable,
    );
    for (const name of abandoned) {
        rmSync(join(archiveDirectory, name));
    }
    return abandoned;
}
