// Makes each directory and log of the tree, or mends its owner, group and mode.

import {
    chmodSync,
    chownSync,
    closeSync,
    constants,
    fchmodSync,
    fchownSync,
    fstatSync,
    lstatSync,
    mkdirSync,
    openSync,
    type Stats,
} from "node:fs";
import { join } from "node:path";
import { archiveDirectory, categoryLogs, componentDirectories, journalDirectory } from "../log-tree.ts";
import type { TreeChange } from "./change.ts";
import type { LogSetupSettings } from "./settings.ts";

/** Owner of directories and of logs that no application has made. */
const rootUser = 0;
/** Set-group-id: whatever is made in the directory gets its group. Nobody else may even look in. */
const sharedDirectoryMode = 0o2770;
const journalMode = 0o700;
const logMode = 0o660;
const permissionBits = 0o7777;

/** Sets up the whole tree; a path that can't be set up is reported and the others are done. */
export function setUpTree({ logRoot, groupId }: LogSetupSettings): readonly TreeChange[] {
    const shared = { group: groupId, mode: sharedDirectoryMode };
    const directories = [...Object.keys(categoryLogs), ...componentDirectories, archiveDirectory];
    return [
        directory(logRoot, shared),
        ...directories.map((name) => directory(join(logRoot, name), shared)),
        directory(join(logRoot, journalDirectory), { group: rootUser, mode: journalMode }),
        ...Object.entries(categoryLogs).map(([name, file]) => log(join(logRoot, name, file), groupId)),
    ];
}

interface Wanted {
    readonly group: number;
    readonly mode: number;
}

function directory(path: string, wanted: Wanted): TreeChange {
    return attempt(path, () => {
        const isNew = mkdirSync(path, { recursive: true, mode: wanted.mode }) !== undefined;
        const stats = lstatSync(path);
        if (!stats.isDirectory()) {
            return { path, outcome: "refused", detail: "it is no directory; move it away, so that one can be made" };
        }
        const differences = [
            ...(stats.uid !== rootUser || stats.gid !== wanted.group
                ? [`owner ${stats.uid}:${stats.gid} -> ${rootUser}:${wanted.group}`]
                : []),
            ...modeDifference(stats, wanted.mode),
        ];
        if (differences.length > 0) {
            chownSync(path, rootUser, wanted.group);
            chmodSync(path, wanted.mode);
        }
        return outcome(path, isNew, differences);
    });
}

/** An existing log keeps its content and its owner: it may be an application's. */
function log(path: string, group: number): TreeChange {
    return attempt(path, () => {
        const isNew = lstatSync(path, { throwIfNoEntry: false }) === undefined;
        // A link or a pipe in the place of a log is never followed or opened for reading.
        const flags =
            constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
        const file = openSync(path, flags, logMode);
        try {
            const stats = fstatSync(file);
            if (!stats.isFile() || stats.nlink !== 1) {
                return { path, outcome: "refused", detail: "it is no ordinary file with one name; move it away" };
            }
            const differences = [
                ...(stats.gid === group ? [] : [`group ${stats.gid} -> ${group}`]),
                ...modeDifference(stats, logMode),
            ];
            if (differences.length > 0) {
                fchownSync(file, stats.uid, group);
                fchmodSync(file, logMode);
            }
            return outcome(path, isNew, differences);
        } finally {
            closeSync(file);
        }
    });
}

function modeDifference(stats: Stats, wanted: number): readonly string[] {
    const mode = stats.mode & permissionBits;
    return mode === wanted ? [] : [`mode ${mode.toString(8)} -> ${wanted.toString(8)}`];
}

function outcome(path: string, isNew: boolean, differences: readonly string[]): TreeChange {
    if (isNew) {
        return { path, outcome: "made" };
    }
    return differences.length > 0
        ? { path, outcome: "changed", detail: differences.join(", ") }
        : { path, outcome: "unchanged" };
}

function attempt(path: string, work: () => TreeChange): TreeChange {
    try {
        return work();
    } catch (error) {
        return { path, outcome: "refused", detail: error instanceof Error ? error.message : String(error) };
    }
}
