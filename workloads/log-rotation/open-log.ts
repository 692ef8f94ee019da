// Opens a log for rotation: nothing else than an ordinary file with one name, in the directory where it was found.

import { type BigIntStats, closeSync, constants, fstatSync, openSync } from "node:fs";
import { inDirectory } from "../held-directory.ts";
import type { FoundLog } from "./find-logs.ts";

/** A log that is open for reading and for giving space back. */
export interface OpenLog {
    readonly descriptor: number;
    /** As they were when it was opened. */
    readonly stats: BigIntStats;
}

/**
 * Opens the log; the caller closes it. Without waiting: a pipe could have taken the log's place.
 *
 * @returns undefined when it is gone
 * @throws an error when it is something else by now
 */
export function openLog(found: FoundLog): OpenLog | undefined {
    return open(found, constants.O_RDWR, ({ nlink }) => nlink === 1n, "a file with one name");
}

/** The same for a log that may have several names, and for reading only. */
export function openLinkedLog(found: FoundLog): OpenLog | undefined {
    return open(found, constants.O_RDONLY, () => true, "a file");
}

function open(
    { folder, file }: FoundLog,
    access: number,
    isRight: (stats: BigIntStats) => boolean,
    what: string,
): OpenLog | undefined {
    const flags = access | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    let descriptor: number;
    try {
        descriptor = inDirectory(folder, (entry) => openSync(entry(file), flags));
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw error;
    }
    const stats = fstatSync(descriptor, { bigint: true });
    if (stats.isFile() && isRight(stats)) {
        return { descriptor, stats };
    }
    closeSync(descriptor);
    throw new Error(`it became something else than ${what}`);
}
