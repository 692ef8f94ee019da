// Finds the logs of the tree: `*.log` in the category directories. Links, pipes and files with several names are left
// alone: following one could touch something outside the tree.

import { isUtf8 } from "node:buffer";
import { type BigIntStats, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { categoryLogs } from "../log-tree.ts";
import { identityOf, type LogIdentity } from "./log-identity.ts";

/** A log of the tree. */
export interface FoundLog {
    /** Path of the directory in which it is. */
    readonly folder: string;
    /** Path below the log root. */
    readonly name: string;
    /** Directory of its category, such as `app`. */
    readonly directory: string;
    /** File name, such as `application.log`. */
    readonly file: string;
    readonly identity: LogIdentity;
}

/** A path below the root and what is the matter with it. */
export interface NameAndReason {
    readonly name: string;
    readonly reason: string;
}

const suffix = Buffer.from(".log");

/** What was left alone, and why. */
export interface PassedOver extends NameAndReason {
    /** Undefined when what is there was not looked at. */
    readonly identity: LogIdentity | undefined;
}

/** What the search found. */
export interface FoundLogs {
    readonly logs: readonly FoundLog[];
    readonly passedOver: readonly PassedOver[];
    /** What could not be looked at. */
    readonly problems: readonly NameAndReason[];
}

/** @throws an error with advice when the root is not there */
export function requireLogRoot(logRoot: string): void {
    if (!statSync(logRoot, { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error(`LOG_ROOT=${logRoot}: there is no such directory; mount the log tree there, or run log-setup`);
    }
}

/**
 * Every log below the root, sorted by name. A category without a directory has no logs.
 *
 * @throws an error when the root is not there
 */
export function findLogs(logRoot: string): FoundLogs {
    requireLogRoot(logRoot);
    const logs: FoundLog[] = [];
    const passedOver: PassedOver[] = [];
    const problems: NameAndReason[] = [];
    for (const directory of Object.keys(categoryLogs)) {
        const folder = join(logRoot, directory);
        try {
            const stats = lstatSync(folder, { throwIfNoEntry: false });
            if (!stats) {
                continue;
            }
            if (!stats.isDirectory()) {
                passedOver.push({ name: directory, reason: "no directory", identity: undefined });
                continue;
            }
            for (const bytes of logNames(folder)) {
                const file = bytes.toString();
                const name = `${directory}/${file}`;
                if (!isUtf8(bytes)) {
                    problems.push({
                        name,
                        reason: "its name is not UTF-8, so no archive can be named after it; rename it",
                    });
                    continue;
                }
                const stats = lstatSync(join(folder, file), { bigint: true, throwIfNoEntry: false });
                const reason = reasonToPassOver(stats);
                if (stats && reason === undefined) {
                    logs.push({ folder, name, directory, file, identity: identityOf(stats) });
                } else {
                    const identity = stats && identityOf(stats);
                    passedOver.push({ name, reason: reason ?? "it is gone", identity });
                }
            }
        } catch (error) {
            problems.push({ name: directory, reason: error instanceof Error ? error.message : String(error) });
        }
    }
    return { logs, passedOver, problems };
}

function logNames(folder: string): readonly Buffer[] {
    return readdirSync(folder, { encoding: "buffer" })
        .filter((name) => name.length > suffix.length && name.subarray(-suffix.length).equals(suffix))
        .toSorted(Buffer.compare);
}

function reasonToPassOver(stats: BigIntStats | undefined): string | undefined {
    if (stats?.isFile() === false) {
        return "no ordinary file";
    }
    return stats && stats.nlink > 1n ? `it has ${stats.nlink} names (hard links)` : undefined;
}
