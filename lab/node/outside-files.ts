// Files that the node's programs put outside of the lab's state folder, because their places can't be set.

import { existsSync } from "node:fs";
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import type { NodePaths } from "./paths.ts";
import { networkName } from "./pod-network.ts";

/** Folder in which CNI keeps the results of its calls: `<network>-<pod's container>-<interface>`. */
const networkResults = "/var/lib/cni/results";

/** Folder in which kubelet links every container's log. */
const containerLogs = "/var/log/containers";

/** Removes those of the lab's own, wherever they can be told from others. */
export async function removeOutsideFiles(paths: NodePaths): Promise<void> {
    for (const name of ownResults(await entries(networkResults))) {
        await rm(join(networkResults, name), { force: true });
    }
    for (const name of await entries(containerLogs)) {
        const link = join(containerLogs, name);
        if ((await readlink(link).catch(() => "")).startsWith(`${paths.podLogs}/`)) {
            await rm(link, { force: true });
        }
    }
    for (const socket of await shimSockets(paths)) {
        await rm(socket, { force: true });
    }
}

/** Each pod has a result in our network, and one of the loopback network, which is called the same everywhere. */
function ownResults(names: readonly string[]): readonly string[] {
    const pods = names.flatMap((name) => new RegExp(`^${networkName}-(.+)-eth0$`).exec(name)?.[1] ?? []);
    return names.filter((name) => pods.some((pod) => name.includes(`-${pod}-`)));
}

/** containerd keeps each shim's socket at a fixed place, and its path in the bundle of each task. */
async function shimSockets(paths: NodePaths): Promise<readonly string[]> {
    const tasks = join(paths.containerdState, "io.containerd.runtime.v2.task", "k8s.io");
    const addresses = (await entries(tasks)).map((task) => join(tasks, task, "address"));
    const sockets = await Promise.all(
        addresses.filter((file) => existsSync(file)).map(async (file) => (await readFile(file, "utf8")).trim()),
    );
    return [...new Set(sockets)].map((socket) => socket.replace(/^unix:\/\//, ""));
}

async function entries(folder: string): Promise<readonly string[]> {
    return existsSync(folder) ? readdir(folder) : [];
}
