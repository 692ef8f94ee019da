// What the host was like before the node started, kept so that `down` can put back exactly that.

import { existsSync } from "node:fs";
import { readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { writeWhole } from "../write-whole.ts";
import { nodeIpSets, removeNodeIpSets } from "./ip-sets.ts";
import { type AddressFamily, addressFamilies, type Chains, nodeChains, removeNodeChains } from "./iptables.ts";
import { openServiceRange } from "./service-range.ts";

interface HostRecord {
    /** Values of the settings that the node changes, by their files below /proc/sys. */
    readonly settings: Readonly<Record<string, string>>;
    readonly chains: Readonly<Record<AddressFamily, Chains>>;
    readonly ipSets: readonly string[];
    /** Paths in `traces` that were not there. */
    readonly absent: readonly string[];
}

/** Kernel settings that the lab needs, with the value that is needed. */
const neededSettings: Readonly<Record<string, number>> = {
    // Pods reach each other through the host.
    "net/ipv4/ip_forward": 1,
    // Elasticsearch refuses to start with less (https://www.elastic.co/docs/deploy-manage/deploy/self-managed/vm-max-map-count).
    "vm/max_map_count": 262_144,
};

/** Kernel settings that kubelet changes at its start (setupKernelTunables in pkg/kubelet/cm/container_manager_linux.go). */
const kubeletSettings = [
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
] as const;

/** A path that the node or its pods may make on the host, and how it is removed if it was not there before. */
interface Trace {
    readonly path: string;
    /** A folder of programs that others use too is removed only when nothing of theirs is in it. */
    readonly remove: "whole" | "when empty";
}

/** Innermost first. */
const traces: readonly Trace[] = [
    // The log tree of this product on the node's disk, which is the host's.
    { path: "/var/log/chattingo", remove: "whole" },
    // What Filebeat has read: with another log tree, its memory of inodes would make it pass over lines.
    { path: "/var/lib/chattingo-filebeat", remove: "whole" },
    { path: "/var/log/containers", remove: "when empty" },
    { path: "/var/lib/cni/results", remove: "when empty" },
    { path: "/var/lib/cni", remove: "when empty" },
    { path: "/var/lib/kubelet/device-plugins/kubelet.sock", remove: "whole" },
    { path: "/var/lib/kubelet/device-plugins", remove: "when empty" },
    { path: "/var/lib/kubelet", remove: "when empty" },
    { path: "/run/containerd/s", remove: "when empty" },
    { path: "/run/containerd", remove: "when empty" },
];

/** Keeps what the host is like, unless a start that was interrupted has done so. */
export async function recordHost(file: string): Promise<void> {
    if (existsSync(file)) {
        return;
    }
    const names = [...Object.keys(neededSettings), ...kubeletSettings].filter((name) => existsSync(settingFile(name)));
    const record: HostRecord = {
        settings: Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readSetting(name)]))),
        chains: { iptables: await nodeChains("iptables"), ip6tables: await nodeChains("ip6tables") },
        ipSets: await nodeIpSets(),
        absent: traces.map(({ path }) => path).filter((path) => !existsSync(path)),
    };
    await writeWhole(file, JSON.stringify(record, undefined, 2));
}

/** Raises the kernel settings to what the lab needs; higher ones are left. */
export async function raiseSettings(): Promise<void> {
    for (const [name, needed] of Object.entries(neededSettings)) {
        if (Number(await readSetting(name)) < needed) {
            await writeFile(settingFile(name), String(needed));
        }
    }
}

/** Puts back what {@link recordHost} kept; does nothing without a record. */
export async function restoreHost(file: string): Promise<void> {
    if (!existsSync(file)) {
        return;
    }
    const record = JSON.parse(await readFile(file, "utf8")) as HostRecord;
    for (const family of addressFamilies) {
        await removeNodeChains(family, record.chains[family]);
    }
    await removeNodeIpSets(record.ipSets);
    await openServiceRange();
    for (const [name, value] of Object.entries(record.settings)) {
        if ((await readSetting(name)) !== value) {
            await writeFile(settingFile(name), value);
        }
    }
    for (const { path, remove } of traces) {
        if (record.absent.includes(path)) {
            await (remove === "whole" ? rm(path, { recursive: true, force: true }) : removeIfEmpty(path));
        }
    }
    await rm(file);
}

async function removeIfEmpty(folder: string): Promise<void> {
    await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT" && error.code !== "ENOTEMPTY") {
            throw new Error(`can't remove the folder ${folder}, which the lab made: ${error.message}`);
        }
    });
}

async function readSetting(name: string): Promise<string> {
    return (await readFile(settingFile(name), "utf8")).trim();
}

function settingFile(name: string): string {
    return `/proc/sys/${name}`;
}
