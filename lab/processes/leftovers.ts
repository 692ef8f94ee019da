// What a lab may have left on the machine although every recorded program has ended.

import { readdir, readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { unmountBelow } from "../node/mounts.ts";

/** Milliseconds for which a process may name the folder before it counts as left over. */
const patience = 3000;

/** A process whose command line names the lab's folder. */
export interface Leftover {
    readonly pid: number;
    readonly commandLine: string;
}

/**
 * Processes that name the folder and go on doing so; those that are just ending, or only looked at something in it for
 * a moment, are waited for.
 */
export async function processesStayingIn(folder: string): Promise<readonly Leftover[]> {
    const deadline = Date.now() + patience;
    for (;;) {
        const found = await processesNaming(folder);
        if (found.length === 0 || Date.now() > deadline) {
            return found;
        }
        await sleep(100);
    }
}

/** Processes, other than this one and those that started it, whose command line names the folder or a file in it. */
export async function processesNaming(folder: string): Promise<readonly Leftover[]> {
    const own = await ancestry(process.pid);
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const found: Leftover[] = [];
    for (const pid of pids.filter((candidate) => !own.includes(candidate))) {
        const commandLine = (await readIfThere(`/proc/${pid}/cmdline`)).replaceAll("\0", " ").trim();
        if (`${commandLine} `.includes(`${folder}/`) || `${commandLine} `.includes(`${folder} `)) {
            found.push({ pid, commandLine });
        }
    }
    return found;
}

/**
 * Deletes the folder, after everything mounted below it is unmounted, so that nothing is deleted through a mount.
 *
 * @throws an error when something below it can't be unmounted; nothing is deleted then
 */
export async function removeFolder(folder: string): Promise<void> {
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
}

async function ancestry(pid: number): Promise<readonly number[]> {
    const found = [pid];
    for (let current = pid; current > 1; ) {
        const parent = /^PPid:\s+(\d+)$/m.exec(await readIfThere(`/proc/${current}/status`))?.[1];
        current = Number(parent ?? 0);
        found.push(current);
    }
    return found;
}

/** Text of a file below /proc, empty when its process has ended. */
async function readIfThere(file: string): Promise<string> {
    return readFile(file, "utf8").catch(() => "");
}
