// Makes each directory and log of the tree, or fixes its owner, group and mode.

import { closeSync, constants, fchmodSync, fchownSync, fstatSync, mkdirSync, openSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import {
    archiveDirectory,
    canaryDirectory,
    categoryLogs,
    componentDirectories,
    journalDirectory,
} from "../../formats/log-tree.ts";
import { type EntryPath, inDirectory } from "../held-directory.ts";
import { leaveTrial } from "./archive-trial.ts";
import type { TreeChange } from "./change.ts";
import type { LogSetupSettings } from "./settings.ts";

/** Owner of directories and of logs that no application has made. */
const rootUser = 0;
/** Set-group-id: whatever is made in the directory gets its group. Nobody else may even look in. */
const sharedDirectoryMode = 0o2770;
const journalMode = 0o700;
const logMode = 0o660;
const permissionBits = 0o7777;

interface Wanted {
    readonly group: number;
    readonly mode: number;
    /** The volume may force an owner and a mode of its own; what it refuses to change is left as it is. */
    readonly mayBeForced?: boolean;
}

/** Where something is: by what name people know it, and by what path it is reached safely. */
interface Place {
    readonly shown: string;
    readonly path: string;
}

/**
 * Sets up the whole tree; a path that can't be set up is reported and the others are done.
 *
 * @param leavesTrial leave in the archive directory what a run in the log tree's group then tries
 */
export function setUpTree(settings: LogSetupSettings, leavesTrial = false): readonly TreeChange[] {
    const { logRoot, groupId, canaryGroupId, applicationDirectories } = settings;
    const shared = { group: groupId, mode: sharedDirectoryMode };
    return withDirectory({ shown: logRoot, path: logRoot }, shared, (entry) => {
        const place = (name: string): Place => ({ shown: join(logRoot, name), path: entry(name) });
        return [
            ...Object.entries(categoryLogs).flatMap(([name, file]) =>
                withDirectory(place(name), shared, (entryOfCategory) => [
                    log({ shown: join(logRoot, name, file), path: entryOfCategory(file) }, groupId),
                ]),
            ),
            // What an application calls its logs is its own business.
            ...[...applicationDirectories, ...componentDirectories].flatMap((name) =>
                withDirectory(place(name), shared),
            ),
            ...withDirectory(place(archiveDirectory), { ...shared, mayBeForced: true }, (entryOfArchive) => {
                if (leavesTrial) {
                    leaveTrial(entryOfArchive);
                }
                return [];
            }),
            ...withDirectory(place(canaryDirectory), { group: canaryGroupId, mode: sharedDirectoryMode }),
            ...withDirectory(place(journalDirectory), { group: rootUser, mode: journalMode }),
        ];
    });
}

/** Sets up a directory and then what is in it; nothing in it is touched when it is refused. */
function withDirectory(
    { shown, path }: Place,
    wanted: Wanted,
    content: (entry: EntryPath) => readonly TreeChange[] = () => [],
): readonly TreeChange[] {
    try {
        const isNew = makeDirectory(path);
        return inDirectory(path, (entry, directory) => {
            const differences = differencesFrom(wanted, directory);
            if (differences.length > 0) {
                setOwnerAndMode(directory, wanted);
            }
            const left = wanted.mayBeForced ? differencesFrom(wanted, directory) : [];
            return [
                left.length > 0
                    ? { path: shown, outcome: "unchanged", detail: `the volume refuses ${left.join(", ")}` }
                    : outcome(shown, isNew, differences),
                ...content(entry),
            ];
        });
    } catch (error) {
        return [refused(shown, error, "directory")];
    }
}

function differencesFrom(wanted: Wanted, directory: number): readonly string[] {
    const stats = fstatSync(directory);
    return [
        ...(stats.uid !== rootUser || stats.gid !== wanted.group
            ? [`owner ${stats.uid}:${stats.gid} -> ${rootUser}:${wanted.group}`]
            : []),
        ...modeDifference(stats, wanted.mode),
    ];
}

/**
 * An access point of EFS gives everything one owner and refuses any other with EPERM, and lets all users work as that
 * one (https://docs.aws.amazon.com/efs/latest/ug/enforce-identity-access-points.html,
 * https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/300).
 */
function setOwnerAndMode(directory: number, { group, mode, mayBeForced }: Wanted): void {
    const attempt = (change: () => void): void => {
        try {
            change();
        } catch (error) {
            if (!mayBeForced || codeOf(error) !== "EPERM") {
                throw error;
            }
        }
    };
    attempt(() => fchownSync(directory, rootUser, group));
    // After the owner: changing that may take the set-group-id bit away (chown(2)).
    attempt(() => fchmodSync(directory, mode));
}

function makeDirectory(path: string): boolean {
    try {
        mkdirSync(dirname(path), { recursive: true });
        mkdirSync(path, journalMode);
        return true;
    } catch (error) {
        if (codeOf(error) === "EEXIST") {
            return false;
        }
        throw error;
    }
}

/**
 * An existing log keeps its owner, which may be an application's. One with content is never opened to more users than
 * it was, but for the log tree's group taking the place of its own.
 */
function log({ shown, path }: Place, group: number): TreeChange {
    try {
        const { file, isNew } = openLog(path);
        try {
            const stats = fstatSync(file);
            if (!stats.isFile() || stats.nlink !== 1) {
                return {
                    path: shown,
                    outcome: "refused",
                    detail: "it is no ordinary file with one name; move it away",
                };
            }
            const mode = stats.size > 0 ? stats.mode & logMode : logMode;
            const differences = [
                ...(stats.gid === group ? [] : [`group ${stats.gid} -> ${group}`]),
                ...modeDifference(stats, mode),
            ];
            if (differences.length > 0) {
                fchownSync(file, stats.uid, group);
                fchmodSync(file, mode);
            }
            return outcome(shown, isNew, differences);
        } finally {
            closeSync(file);
        }
    } catch (error) {
        return refused(shown, error, "file");
    }
}

function openLog(path: string): { readonly file: number; readonly isNew: boolean } {
    // Without waiting: a pipe in the place of a log would otherwise wait for its reader.
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    try {
        return { file: openSync(path, flags | constants.O_CREAT | constants.O_EXCL, logMode), isNew: true };
    } catch (error) {
        if (codeOf(error) !== "EEXIST") {
            throw error;
        }
    }
    return { file: openSync(path, flags), isNew: false };
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

function refused(path: string, error: unknown, kind: "directory" | "file"): TreeChange {
    // What the open of something else than the kind says (open(2)): ELOOP of a link, ENOTDIR also of a link where a
    // directory is asked for, ENXIO of a pipe without a reader.
    const somethingElse = ["ELOOP", "ENOTDIR", "ENXIO", "EISDIR"].includes(codeOf(error) ?? "");
    const detail = somethingElse
        ? `it is a link or something else than a ${kind}; move it away, so that a ${kind} can be made`
        : error instanceof Error
          ? error.message
          : String(error);
    return { path, outcome: "refused", detail };
}

function codeOf(error: unknown): string | undefined {
    return (error as NodeJS.ErrnoException | undefined)?.code;
}
