// Whether the nodes of a cluster have the memory that a stack reserves, beside what others have reserved there.

import type { Kubectl } from "../cluster/kubectl.ts";
import { namespaceName } from "../components/labels.ts";
import { gibibyte } from "../estimate/search-capacity.ts";
import type { StackNeeds } from "../estimate/stack-needs.ts";
import { whyNoLogNode } from "../formats/log-nodes.ts";
import { quantityValue } from "../formats/quantity.ts";
import type { Settings } from "../settings/index.ts";
import type { Finding } from "./cluster-findings.ts";

interface Node {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly spec?: { readonly unschedulable?: boolean };
    readonly status?: { readonly allocatable?: { readonly memory?: string } };
}

/** Karpenter makes nodes by them when pods need some, and so does EKS Auto Mode: https://karpenter.sh/docs/concepts/nodepools/ */
const nodePools = "nodepools.karpenter.sh";

interface Container {
    readonly resources?: { readonly requests?: { readonly memory?: string } };
}

interface Pod {
    readonly metadata: { readonly namespace: string };
    readonly spec: { readonly nodeName?: string; readonly containers: readonly Container[] };
}

/**
 * What is missing: nodes with room for the largest pod, one for each Elasticsearch, and memory for all of it. What the
 * stack itself has reserved already counts as free; init containers of others do not count.
 */
export async function memoryFindings(
    settings: Settings,
    needs: StackNeeds,
    kubectl: Kubectl,
): Promise<readonly Finding[]> {
    const list = async <T>(...what: readonly string[]) =>
        (JSON.parse(await kubectl("get", ...what, "--output=json")) as { readonly items: readonly T[] }).items;
    const [nodes, pods, autoscaler] = await Promise.all([
        list<Node>("nodes"),
        list<Pod>("pods", "--all-namespaces", "--field-selector=status.phase!=Succeeded,status.phase!=Failed"),
        kubectl("get", "crd", nodePools, "--ignore-not-found", "--output=name"),
    ]);
    const others = pods.filter(({ metadata }) => metadata.namespace !== namespaceName);
    const free = nodes
        .filter(({ metadata, spec }) => !whyNoLogNode(metadata.labels ?? {}) && spec?.unschedulable !== true)
        .map(({ metadata, status }) => {
            const taken = others
                .filter(({ spec }) => spec.nodeName === metadata.name)
                .flatMap(({ spec }) => spec.containers)
                .map(({ resources }) => bytesOf(resources?.requests?.memory));
            return bytesOf(status?.allocatable?.memory) - sum(taken) - needs.eachNode.requests.memory;
        });
    const { largestPod, cluster } = needs;
    const fitting = free.filter((bytes) => bytes >= largestPod.memory).length;
    const wanted = settings.search.replicas;
    const total = sum(free.filter((bytes) => bytes > 0));
    const finding = (text: string): Finding =>
        autoscaler.trim() === ""
            ? { kind: "open", text }
            : { kind: "unknown", text: `${text}. The cluster has Karpenter (${nodePools}), which may add them itself` };
    return [
        ...(fitting < wanted
            ? [
                  finding(
                      `${fitting} nodes have ${size(largestPod.memory)} of memory left for a pod of Elasticsearch, and search.replicas = ${wanted} needs that many, each of its own (search.memory): add nodes or larger ones, or lower search.memory`,
                  ),
              ]
            : []),
        ...(total < cluster.requests.memory
            ? [
                  finding(
                      `the nodes have ${size(total)} of memory left, and the stack reserves ${size(cluster.requests.memory)} beside what it takes on each node: add nodes or larger ones, or lower search.memory and kibana.memory`,
                  ),
              ]
            : []),
    ];
}

function bytesOf(quantity = "0"): number {
    return quantityValue(quantity) ?? 0;
}

function sum(all: readonly number[]): number {
    return all.reduce((total, each) => total + each, 0);
}

function size(bytes: number): string {
    return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
