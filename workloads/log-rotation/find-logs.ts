// Finds the logs of the tree: `*.log` in the category directories. Links, pipes and files with several names are left
// alone: following one could touch something outside the tree.

import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { categoryLogs } from "../log-tree.ts";

/** A log of the tree. */
export interface FoundLog {
    readonly path: string;
    /** Path below the log root. */
    readonly name: string;
    /** Directory of its category, such as `app`. */
    readonly directory: string;
    /** File name, such as `application.log`. */
    readonly file: string;
}

/** What the search found. */
export interface FoundLogs {
    readonly logs: readonly FoundLog[];
    /** What was left alone, and why. */
    readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
    /** What could not be looked at. */
    readonly problems: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Every log below the root, sorted by name. A category without a directory has no logs.
 *
 * @throws an error when the root is not there
 */
export function findLogs(logRoot: string): FoundLogs {
    if (!lstatSync(logRoot, { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error(`LOG_ROOT=${logRoot}: there is no such directory; mount the log tree there, or run log-setup`);
    }
    const found: FoundLog[] = [];
    const passedOver: { name: string; reason: string }[] = [];
    const problems: { name: string; reason: string }[] = [];
    for (const directory of Object.keys(categoryLogs)) {
        const folder = join(logRoot, directory);
        const stats = lstatSync(folder, { throwIfNoEntry: false });
        if (!stats) {
            continue;
        }
        if (!stats.isDirectory()) {
            passedOver.push({ name: directory, reason: "no directory" });
            continue;
        }
        for (const file of logNames(folder, directory, problems)) {
            const path = join(folder, file);
            const name = `${directory}/${file}`;
            const reason = reasonToPassOver(path);
            if (reason === undefined) {
                found.push({ path, name, directory, file });
            } else {
                passedOver.push({ name, reason });
            }
        }
    }
    return { logs: found, passedOver, problems };
}

function logNames(folder: string, directory: string, problems: { name: string; reason: string }[]): readonly string[] {
    try {
        return readdirSync(folder)
            .filter((file) => file.endsWith(".log") && file !== ".log")
            .toSorted();
    } catch (error) {
        problems.push({ name: directory, reason: error instanceof Error ? error.message : String(error) });
        return [];
    }
}

function reasonToPassOver(path: string): string | undefined {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) {
        return "it is gone";
    }
    if (!stats.isFile()) {
        return "no ordinary file";
    }
    return stats.nlink === 1 ? undefined : `it has ${stats.nlink} names (hard links)`;
}
