// What a node changes on the machine that it runs on: the same before it is started and after it has ended.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { nodeIpSets } from "../lab/node/ip-sets.ts";
import { nodeChains } from "../lab/node/iptables.ts";
import { mountPoints } from "../lab/node/mounts.ts";
import { isServiceRangeClosed } from "../lab/node/service-range.ts";

/** Everything that is mounted on the machine now, sorted. */
export async function mounts(): Promise<readonly string[]> {
    return mountPoints(await readFile("/proc/self/mountinfo", "utf8")).toSorted();
}

/** What of nodes there is on the machine now, to be compared as a whole. */
export async function machineTraces() {
    const setting = (name: string) => readFile(`/proc/sys/${name}`, "utf8");
    return {
        interfaces: Object.keys(networkInterfaces()).toSorted(),
        mounts: await mounts(),
        chains: [await nodeChains("iptables"), await nodeChains("ip6tables")].map((chains) =>
            Object.values(chains).flat().toSorted(),
        ),
        ipSets: await nodeIpSets(),
        isServiceRangeClosed: await isServiceRangeClosed(),
        settings: await Promise.all(
            ["net/ipv4/ip_forward", "vm/max_map_count", "vm/overcommit_memory", "kernel/panic"].map(setting),
        ),
        folders: [
            "/var/log/chattingo",
            "/var/log/containers",
            "/var/lib/cni",
            "/var/lib/kubelet",
            "/run/containerd",
        ].map((folder) => `${folder}: ${existsSync(folder)}`),
        pods: ["/sys/fs/cgroup/kubepods", "/sys/fs/cgroup/memory/kubepods"].map((folder) => existsSync(folder)),
    };
}
