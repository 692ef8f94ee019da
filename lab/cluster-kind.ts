// The two kinds of cluster, and where the state of a running one is kept.

import { join, resolve } from "node:path";
import { cacheRoot } from "./tools/cache.ts";

/** `node`: one real node on which pods run; `simulated`: several nodes without any container, for order and diffs. */
export type ClusterKind = "node" | "simulated";

/** Every kind of cluster. */
export const clusterKinds: readonly ClusterKind[] = ["simulated", "node"];

/**
 * Folder that holds the state of every running lab: `run` in the lab's cache, or `CHATTINGO_LAB_RUN`, which sets a
 * lab apart from the other ones of the machine (give it other ports too).
 */
export function runFolder(): string {
    return resolve(process.env.CHATTINGO_LAB_RUN || join(cacheRoot(), "run"));
}

/** State of the cluster of this kind: certificates, kubeconfig, data, logs. There only while it runs. */
export function clusterFolder(kind: ClusterKind): string {
    return join(runFolder(), kind);
}

/** Kubeconfig of the cluster's administrator. */
export function kubeconfigFile(kind: ClusterKind): string {
    return join(clusterFolder(kind), "kubeconfig");
}

/** Lock that a command holds while it changes what runs of the cluster of this kind. */
export function lockFile(kind: ClusterKind): string {
    return join(runFolder(), `${kind}.lock`);
}
