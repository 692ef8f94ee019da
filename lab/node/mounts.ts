// The mounts that containers and pods leave below the node's folder.

import { existsSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { run } from "../tools/run.ts";

/** Undoes every mount below the folder, the innermost first. A busy one is detached and goes when its last user ends. */
export async function unmountBelow(folder: string): Promise<void> {
    for (const mountPoint of (await mountPointsBelow(folder)).toReversed()) {
        await run("umount", ["--lazy", mountPoint]);
    }
    const left = await mountPointsBelow(folder);
    if (left.length > 0) {
        throw new Error(`still mounted below ${folder}, which therefore can't be removed: ${left.join(", ")}`);
    }
}

/** Mount points below the folder, in the order in which they were mounted. */
async function mountPointsBelow(folder: string): Promise<readonly string[]> {
    if (!existsSync(folder)) {
        return [];
    }
    // The kernel's list has no symbolic links in it; the way to the cache may lead over one.
    const prefix = `${await realpath(folder)}/`;
    return mountPoints(await readFile("/proc/self/mountinfo", "utf8")).filter((path) => path.startsWith(prefix));
}

/** The mount points in the text of /proc/PID/mountinfo (https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html). */
export function mountPoints(mountInformation: string): readonly string[] {
    return mountInformation
        .split("\n")
        .map((line) => line.split(" ")[4] ?? "")
        .filter(Boolean)
        .map((path) =>
            path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
        );
}
