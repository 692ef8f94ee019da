// The archives that are still on the disk, as a second journal: what they say of a log whose journal entry is lost.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { archiveName, startOfArchiveName } from "../../formats/archive-name.ts";
import { type ArchiveOrigin, readOrigin } from "./archive-origin.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { whyAnotherLog } from "./same-log.ts";

/** The archives of one directory, listed when they are first asked for. */
export class ArchivesOnDisk {
    readonly #folder: string;
    #names: ReadonlyMap<string, readonly string[]> | undefined;

    constructor(folder: string) {
        this.#folder = folder;
    }

    /** What the archives say of the open log: the entry of the one that reaches furthest; undefined when none is of it. */
    entryOf(log: number, path: string): JournalEntry | undefined {
        this.#names ??= namesByStart(this.#folder);
        const names = this.#names.get(startOfArchiveName(archiveName(path, 0, true)) ?? "") ?? [];
        return names
            .flatMap((name) => this.#originOf(name) ?? [])
            .filter((origin) => origin.path === path)
            .map(entryOfOrigin)
            .toSorted((one, other) => other.archivedUpTo - one.archivedUpTo)
            .find((entry) => whyAnotherLog(log, entry) === undefined);
    }

    /** The uploader may take an archive away at any moment. */
    #originOf(name: string): ArchiveOrigin | undefined {
        try {
            return readOrigin(join(this.#folder, name));
        } catch (error) {
            const { code = "" } = error as NodeJS.ErrnoException;
            if (code === "ENOENT" || code === "ELOOP") {
                return undefined;
            }
            throw error;
        }
    }
}

/** What the journal would say of the log right after that archive. */
function entryOfOrigin({ path, end, time, head, tail, birth }: ArchiveOrigin): JournalEntry {
    return { path, archivedUpTo: end, givenBackUpTo: 0, lastArchiveTime: time, head, tail, birth };
}

function namesByStart(folder: string): ReadonlyMap<string, readonly string[]> {
    const names = new Map<string, string[]>();
    for (const name of readdirSync(folder)) {
        const start = name.startsWith(".") ? undefined : startOfArchiveName(name);
        if (start !== undefined) {
            const others = names.get(start);
            if (others) {
                others.push(name);
            } else {
                names.set(start, [name]);
            }
        }
    }
    return names;
}
