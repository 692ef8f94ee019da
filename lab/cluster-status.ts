// What is there of a lab and whether it works.

import { type ClusterKind, clusterFolder, kubeconfigFile } from "./cluster-kind.ts";
import { readClusterState } from "./cluster-state.ts";
import { kubectl } from "./control-plane/kubectl.ts";
import { processStatuses } from "./processes/detached-process.ts";
import { readyNodes } from "./simulated-nodes/node-objects.ts";

/** One part of a lab: a program, or the cluster's nodes. */
export interface PartHealth {
    readonly name: string;
    readonly healthy: boolean;
    /** What a person wants to know of it: its process, or what is wrong. */
    readonly detail: string;
}

/** `down`: nothing of it runs; `degraded`: something is missing, not healthy, or still starting. */
export type ClusterCondition = "healthy" | "degraded" | "down";

/** A lab and its parts. */
export interface ClusterHealth {
    readonly kind: ClusterKind;
    readonly condition: ClusterCondition;
    readonly parts: readonly PartHealth[];
    readonly kubeconfig: string;
}

/** Asks every part of the cluster how it is. */
export async function clusterHealth(kind: ClusterKind): Promise<ClusterHealth> {
    const kubeconfig = kubeconfigFile(kind);
    const state = await readClusterState(kind);
    const processes = await processStatuses(clusterFolder(kind));
    if (state === undefined || processes.every(({ pid }) => pid === undefined)) {
        return { kind, condition: "down", parts: [], kubeconfig };
    }
    const parts: PartHealth[] = processes.map(({ name, pid, healthy, logFile }) => ({
        name,
        healthy,
        detail: pid === undefined ? `has ended; see ${logFile}` : `pid ${pid}${healthy ? "" : `; see ${logFile}`}`,
    }));
    if (state.phase === "running") {
        parts.push(await nodesHealth(kubeconfig, kind === "simulated" ? readyNodes(state.nodes) : state.nodes));
    } else {
        parts.push({ name: "start", healthy: false, detail: `not complete, begun at ${state.startedAt}` });
    }
    return { kind, condition: parts.every((part) => part.healthy) ? "healthy" : "degraded", parts, kubeconfig };
}

interface NodeList {
    readonly items: readonly {
        readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    }[];
}

async function nodesHealth(kubeconfig: string, expected: number): Promise<PartHealth> {
    try {
        const answer = await kubectl(kubeconfig, ["get", "nodes", "-o", "json", "--request-timeout=5s"]);
        const ready = (JSON.parse(answer) as NodeList).items.filter((node) =>
            node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
        ).length;
        return { name: "nodes", healthy: ready >= expected, detail: `${ready} of ${expected} ready` };
    } catch {
        return { name: "nodes", healthy: false, detail: "the API server does not tell" };
    }
}
