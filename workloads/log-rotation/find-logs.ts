// Finds the logs of the tree: `*.log` in the directories of categories. Links, pipes and files with several names are left
// alone: following one could touch something outside the tree.

import { lstatSync, opendirSync, statSync } from "node:fs";
import { join } from "node:path";
import { excessBytes } from "../../formats/archive-name.ts";
import { whyUnnameable } from "../../formats/nameable.ts";
import { messageOf } from "../error-message.ts";
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
    /** Bytes on disk, as it was found. */
    readonly diskBytes: number;
}

/** Something that is left alone, and why. */
export interface PassedOver {
    readonly kind: "passed-over";
    readonly name: string;
    readonly reason: string;
    /** Undefined: what is there was not looked at. */
    readonly identity: LogIdentity | undefined;
    /** A log that is passed over for its other names only: lines of it may be due. */
    readonly log?: FoundLog;
}

/** What the search came upon. */
export type Finding =
    | { readonly kind: "log"; readonly log: FoundLog }
    | PassedOver
    /** Could not be looked at, or not be rotated. */
    | { readonly kind: "problem"; readonly name: string; readonly reason: string };

const suffix = ".log";

/** The mark of bytes that were no text: nobody names a log so on purpose. */
const replacement = "\u{FFFD}";

/** Unit of `blocks` in a file's stats (stat(2)). */
const statUnit = 512;

/** @throws an error with advice when the root is not there */
export function requireLogRoot(logRoot: string): void {
    if (!statSync(logRoot, { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error(`LOG_ROOT=${logRoot}: there is no such directory; mount the log tree there, or run log-setup`);
    }
}

/**
 * Every log in the directories, one after another: there may be a million. A directory that is not there has no logs.
 *
 * @param directories names of directories below the root
 * @throws an error when the root is not there
 */
export function* findLogs(logRoot: string, directories: Iterable<string>): Generator<Finding> {
    requireLogRoot(logRoot);
    for (const directory of directories) {
        try {
            yield* findIn(logRoot, directory);
        } catch (error) {
            // Gone since it was found: then it has no logs.
            if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
                yield { kind: "problem", name: directory, reason: messageOf(error) };
            }
        }
    }
}

function* findIn(logRoot: string, directory: string): Generator<Finding> {
    const folder = join(logRoot, directory);
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    if (!stats) {
        return;
    }
    if (!stats.isDirectory()) {
        yield { kind: "passed-over", name: directory, reason: "no directory", identity: undefined };
        return;
    }
    for (const bytes of logNames(folder)) {
        const file = bytes.toString();
        const name = `${directory}/${file}`;
        const wrong = whyNoArchive(bytes, name);
        if (wrong !== undefined) {
            yield { kind: "problem", name, reason: wrong };
            continue;
        }
        const stats = lstatSync(join(folder, file), { bigint: true, throwIfNoEntry: false });
        if (!stats) {
            continue;
        }
        const identity = identityOf(stats);
        if (!stats.isFile()) {
            yield { kind: "passed-over", name, reason: "no ordinary file", identity };
            continue;
        }
        const log = { folder, name, directory, file, identity, diskBytes: Number(stats.blocks) * statUnit };
        if (stats.nlink > 1n) {
            yield { kind: "passed-over", name, reason: `it has ${stats.nlink} names (hard links)`, identity, log };
        } else {
            yield { kind: "log", log };
        }
    }
}

/** Why no archive can be named after a log. */
function whyNoArchive(bytes: Buffer, name: string): string | undefined {
    const rename = "so no archive can be named after it; rename it";
    const wrong = whyUnnameable(bytes) ?? (name.includes(replacement) ? "has U+FFFD" : undefined);
    if (wrong !== undefined) {
        return `its name ${wrong}, ${rename}`;
    }
    const excess = excessBytes(name);
    return excess > 0
        ? `not rotated: ENAMETOOLONG: the names of its archives would be ${excess} bytes too long; rename it`
        : undefined;
}

function* logNames(folder: string): Generator<Buffer> {
    // Latin-1 keeps every byte of a name, whatever it is.
    const names = opendirSync(folder, { encoding: "latin1" });
    try {
        for (let entry = names.readSync(); entry !== null; entry = names.readSync()) {
            if (entry.name.length > suffix.length && entry.name.endsWith(suffix)) {
                yield Buffer.from(entry.name, "latin1");
            }
        }
    } finally {
        names.closeSync();
    }
}
