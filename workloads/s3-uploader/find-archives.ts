// Finds the archives that wait on the archive volume.

import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { whyUnnameable } from "../../formats/nameable.ts";
import type { Failure } from "./failure.ts";

/** A file that the patterns name. */
export interface FoundFile {
    readonly path: string;
    readonly name: string;
    /** Sub-folder in which it lies, which is named after the node; undefined for none. */
    readonly node: string | undefined;
}

/** Where to look. */
export interface ArchivePlaces {
    readonly logRoot: string;
    /** Relative to the root. */
    readonly directories: readonly string[];
    /** Patterns of file names, with `*` and `?`. */
    readonly patterns: readonly string[];
}

/** Names of files under which programs keep what is not complete yet; of a folder they are the name of a node. */
const temporary = /~$|\.(tmp|temp|part|partial|unfinished)$/i;

/** What Node.js shows in place of bytes that are no UTF-8. A name may have the character itself. */
const replacement = "\u{FFFD}";

/** Folder of every ext4 volume for what a check of the file system rescues. Only root can read it. */
const rescued = "lost+found";

/**
 * Every regular file that a pattern names, in the directories and one level below, sorted by path. Symbolic links,
 * dot files, temporary names and `lost+found` are passed over. A folder that cannot be listed is a failure beside the
 * files of the others.
 */
export async function findArchives(places: ArchivePlaces): Promise<{
    readonly files: readonly FoundFile[];
    readonly failures: readonly Failure[];
}> {
    const matches = places.patterns.map(namePattern);
    const files: FoundFile[] = [];
    const failures: Failure[] = [];
    const take = (folder: string, node: string | undefined, entries: readonly Dirent[]): void => {
        for (const entry of entries) {
            if (entry.isFile() && !temporary.test(entry.name) && matches.some((pattern) => pattern.test(entry.name))) {
                files.push({ path: join(folder, entry.name), name: entry.name, node });
            }
        }
    };
    const list = async (folder: string): Promise<readonly Dirent[]> => {
        try {
            const { entries, unreadable } = await visibleEntries(folder);
            for (const name of unreadable.filter((one) => matches.some((pattern) => pattern.test(one)))) {
                const detail = "its name is not UTF-8, so no object can be named after it; rename it";
                failures.push({ reason: "name", subject: join(folder, name), detail });
            }
            return entries;
        } catch (error) {
            const { code, message } = error as NodeJS.ErrnoException;
            const advice =
                code === "ENOENT"
                    ? "is the archive volume mounted there?"
                    : "let the uploader's user or group read it and write to it";
            failures.push({ reason: "directory", subject: folder, detail: `cannot list it (${message}); ${advice}` });
            return [];
        }
    };
    for (const directory of places.directories) {
        const folder = join(places.logRoot, directory);
        const entries = await list(folder);
        take(folder, undefined, entries);
        for (const { name } of entries.filter((entry) => entry.isDirectory() && entry.name !== rescued)) {
            take(join(folder, name), name, await list(join(folder, name)));
        }
    }
    return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), failures };
}

/** The regular expression of a pattern of file names: `*` for any characters, `?` for one. */
export function namePattern(pattern: string): RegExp {
    const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".");
    return new RegExp(`^${source}$`, "su");
}

/** What is in a folder but dot files, and the names that are not UTF-8, as far as they can be shown. */
async function visibleEntries(folder: string): Promise<{
    readonly entries: readonly Dirent[];
    readonly unreadable: readonly string[];
}> {
    const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith("."));
    const unreadable: string[] = [];
    if (entries.some(({ name }) => name.includes(replacement))) {
        const names = await readdir(folder, { encoding: "buffer" });
        unreadable.push(...names.filter((name) => whyUnnameable(name) === "is not UTF-8").map(String));
    }
    return { entries: entries.filter(({ name }) => !unreadable.includes(name)), unreadable };
}
