// The processes of the node that are no child of the lab: those in pods, and the shims between them and containerd.

import { existsSync } from "node:fs";
import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodePaths } from "./paths.ts";

/** Cgroup below which kubelet puts every pod. */
const podsCgroup = "kubepods";

/** Where cgroups are mounted: the only hierarchy of version 2, or one folder a controller of version 1. */
const cgroupRoot = "/sys/fs/cgroup";

/** Seconds that the kernel gets to end processes after SIGKILL. */
const killSeconds = 20;

/**
 * Makes sure that no other kubelet has pods on this machine: it shares the cgroup's name with ours.
 *
 * @throws an error that lists the processes
 */
export async function assertNoForeignPods(): Promise<void> {
    const foreign = await processesInPods();
    if (foreign.length > 0) {
        throw new Error(
            `the cgroup ${podsCgroup} holds processes already (${foreign.join(", ")}): another kubelet has pods on this machine, and the lab can't tell them from its own. Stop it first`,
        );
    }
}

/** Ends every process of the lab's pods, then the shims, and removes the pods' cgroups. containerd must be gone. */
export async function endPodProcesses(paths: NodePaths): Promise<void> {
    await killUntilGone("processes of pods", processesInPods);
    await killUntilGone("shims of containerd", () => shims(paths));
    for (const folder of await podsCgroupFolders()) {
        await removeCgroup(folder);
    }
}

async function killUntilGone(what: string, find: () => Promise<readonly number[]>): Promise<void> {
    const deadline = Date.now() + killSeconds * 1000;
    for (let left = await find(); left.length > 0; left = await find()) {
        if (Date.now() > deadline) {
            throw new Error(`${what} are still there ${killSeconds} s after SIGKILL: ${left.join(", ")}`);
        }
        for (const pid of left) {
            killIfThere(pid);
        }
        await sleep(50);
    }
}

function killIfThere(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
            throw error;
        }
    }
}

async function processesInPods(): Promise<readonly number[]> {
    const folders = await podsCgroupFolders();
    return [...new Set((await Promise.all(folders.map(processesInCgroup))).flat())];
}

async function processesInCgroup(folder: string): Promise<readonly number[]> {
    const processes = await readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "");
    const below = await Promise.all((await childFolders(folder)).map(processesInCgroup));
    return [...processes.split("\n").filter(Boolean).map(Number), ...below.flat()];
}

/** The shims that serve our containerd are known by its socket, which is among their arguments. */
async function shims(paths: NodePaths): Promise<readonly number[]> {
    const found: number[] = [];
    for (const entry of await readdir("/proc")) {
        const pid = Number(entry);
        if (Number.isInteger(pid)) {
            const [program = "", ...args] = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split(
                "\0",
            );
            if (program.includes("containerd-shim") && args[args.indexOf("-address") + 1] === paths.containerdSocket) {
                found.push(pid);
            }
        }
    }
    return found;
}

async function podsCgroupFolders(): Promise<readonly string[]> {
    const hierarchies = existsSync(join(cgroupRoot, "cgroup.controllers"))
        ? [cgroupRoot]
        : await childFolders(cgroupRoot).catch(() => []);
    return hierarchies.map((hierarchy) => join(hierarchy, podsCgroup)).filter((folder) => existsSync(folder));
}

async function removeCgroup(folder: string): Promise<void> {
    for (const child of await childFolders(folder)) {
        await removeCgroup(child);
    }
    await rmdir(folder);
}

async function childFolders(folder: string): Promise<readonly string[]> {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}
