// Takes the node away again, from whatever state it is in: works from the state folder and the system alone.

import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { containerdProcess } from "./containerd.ts";
import { restoreHost } from "./host-record.ts";
import type { StopNode } from "./interface.ts";
import { kubeProxyProcess } from "./kube-proxy.ts";
import { kubeletProcess } from "./kubelet.ts";
import { unmountBelow } from "./mounts.ts";
import { kubeRouterProcess } from "./network-policies.ts";
import { removeOutsideFiles } from "./outside-files.ts";
import { nodePaths } from "./paths.ts";
import { endPodProcesses } from "./pod-processes.ts";

/**
 * Ends everything that ran on the node and puts the host back as it was.
 *
 * There is one way down, the same after a crash: pods are not asked to end, because nothing in a lab outlives it. Pods'
 * network interfaces go with their network namespaces, and those when their mounts do.
 */
export const stopNode: StopNode = async (context) => {
    const paths = nodePaths(context.folder);
    // Who would start pods again goes first.
    for (const name of [kubeletProcess, kubeRouterProcess, kubeProxyProcess, containerdProcess]) {
        await context.stopProcess(name);
    }
    // Without a record nothing was started, and what is in the cgroup of pods belongs to another kubelet.
    if (existsSync(paths.hostRecord)) {
        await endPodProcesses(paths);
    }
    await unmountBelow(context.folder);
    await removeOutsideFiles(paths);
    await restoreHost(paths.hostRecord);
    for (const name of await readdir(context.folder).catch(() => [])) {
        await rm(join(context.folder, name), { recursive: true, force: true });
    }
};
