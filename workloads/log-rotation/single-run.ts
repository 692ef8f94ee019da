// Lets one run at a time work on a tree: the others wait for it. The lock is flock(2)'s, which the kernel takes back
// when its holder ends, however it ends; a lock file alone would outlive a killed run.

import { spawn } from "node:child_process";
import { closeSync, openSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { isOutOfSpace } from "./out-of-space.ts";
import type { RotationSettings } from "./settings.ts";

/** Tells a started program that it holds the lock of this journal. */
const heldVariable = "LOG_ROTATION_LOCK_HELD";
/** Seconds to wait for another run. */
const waitSeconds = 600;
/** Exit status of `flock` when the lock could not be had. */
const conflictStatus = 75;

/** Whether this process was started by {@link runLocked} and holds the lock. */
export function holdsLock({ journalDirectory }: RotationSettings): boolean {
    return process.env[heldVariable] === journalDirectory;
}

/**
 * Runs this program again as the holder of the lock, and returns its exit status.
 *
 * @throws an error when the program could not be run or did not end by itself; it has printed no summary then
 */
export function runLocked(settings: RotationSettings): Promise<number> {
    const { journalDirectory } = settings;
    // Without a process of its own between this one and the program, so that signals reach the program.
    const options = ["--timeout", String(waitSeconds), "--conflict-exit-code", String(conflictStatus), "--no-fork"];
    const locks = placesToLock(settings).flatMap((place) => ["flock", ...options, place]);
    const [command = "", ...args] = [...locks, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {
            stdio: "inherit",
            env: { ...process.env, [heldVariable]: journalDirectory },
        });
        const forward = (signal: NodeJS.Signals) => child.kill(signal);
        process.on("SIGTERM", forward).on("SIGINT", forward);
        child.on("error", (error) => reject(new Error(`flock (util-linux) can't be run: ${error.message}`)));
        child.on("close", (status, signal) => {
            if (status === 0 || status === 1) {
                resolve(status);
            } else if (status === conflictStatus) {
                reject(new Error(`another rotation of this tree did not end within ${waitSeconds} s`));
            } else {
                const how = signal ? `by ${signal}` : `with status ${status}`;
                reject(new Error(`rotation was ended ${how}; the next run goes on where it stopped`));
            }
        });
    });
}

/** Type of NFS in statfs(2), which locks no directories: flock(2) needs a file there that is open for writing. */
const nfs = 0x6969;

/** The root of the tree, and the journal's lock, which can't be made on a full disk. */
function placesToLock({ logRoot, journalDirectory }: RotationSettings): readonly string[] {
    const root = statfsSync(logRoot).type === nfs ? [] : [logRoot];
    const lock = join(journalDirectory, "lock");
    try {
        closeSync(openSync(lock, "a", 0o600));
        return [...root, lock];
    } catch (error) {
        if (root.length > 0 && (isOutOfSpace(error) || (error as NodeJS.ErrnoException).code === "ENOENT")) {
            return root;
        }
        throw error;
    }
}
