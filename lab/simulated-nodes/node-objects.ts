// The nodes of the simulated cluster as the API server knows them.

import type { KubernetesObject } from "../control-plane/apply-objects.ts";
import { kubernetesVersion } from "../tools/go-tools.ts";

/** Availability zones over which the nodes are spread, as those of a cluster on AWS would be. */
export const zones = ["us-east-1a", "us-east-1b", "us-east-1c"] as const;

/** The most ordinary nodes that a simulated cluster may have: the odd ones share the last octet of addresses with them. */
export const mostNodes = 240;

/** Resources of each node: those of an m5.2xlarge with a disk of 200 GiB, so that requests matter in scheduling. */
const nodeResources = { cpu: "8", memory: "32Gi", pods: "58", "ephemeral-storage": "200Gi" };

/** Name of the node at this position, counted from 1. */
function simulatedNodeName(position: number): string {
    return `simulated-${position}`;
}

/** Zone of the node at this position, counted from 1. */
function zoneOf(position: number): (typeof zones)[number] {
    return zones[((position - 1) % zones.length) as 0 | 1 | 2];
}

/** Label of the nodes that kwok plays. One without it is never Ready, and pods on it neither start nor end. */
const playedLabel = { key: "kwok.x-k8s.io/node", value: "fake" } as const;

/** Selects the nodes that kwok plays. */
export const playedByKwok = `${playedLabel.key}=${playedLabel.value}`;

/** A node that differs from the ordinary ones, as real clusters have them. */
interface OddNode {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
    /** Its kubelet is gone; it runs by default. */
    readonly isDown?: true;
}

/** The nodes that a simulated cluster has beside its ordinary ones. */
export const oddNodes: readonly OddNode[] = [
    { name: "simulated-arm64", labels: { "kubernetes.io/arch": "arm64" } },
    { name: "simulated-down", isDown: true },
    // As EKS labels and taints it; it runs no pod but the one that it was made for (stages.yaml).
    {
        name: "simulated-fargate",
        labels: { "eks.amazonaws.com/compute-type": "fargate" },
        taints: [{ key: "eks.amazonaws.com/compute-type", value: "fargate", effect: "NoSchedule" }],
    },
    { name: "simulated-tainted", taints: [{ key: "dedicated", value: "batch", effect: "NoSchedule" }] },
    // EKS does not taint it; it can't start an image that is made for Linux (stages.yaml).
    { name: "simulated-windows", labels: { "kubernetes.io/os": "windows" } },
];

/** Node objects, with the part of the status that a kubelet would report at its registration. */
export function simulatedNodes(count: number): readonly KubernetesObject[] {
    return Array.from({ length: count }, (_, index) =>
        nodeObject({ name: simulatedNodeName(index + 1) }, index + 1, index + 1),
    );
}

/**
 * The odd nodes of a cluster with so many ordinary ones, in the zones that these have. A cluster of one node has none: it
 * stands for one of which a volume can be mounted everywhere.
 */
export function oddNodeObjects(count: number): readonly KubernetesObject[] {
    return oddNodesBeside(count).map((odd, index) => nodeObject(odd, (index % count) + 1, mostNodes + index + 1));
}

/** How many nodes of a cluster with so many ordinary ones are Ready. */
export function readyNodes(count: number): number {
    return count + oddNodesBeside(count).filter(({ isDown }) => !isDown).length;
}

function oddNodesBeside(count: number): readonly OddNode[] {
    return count > 1 ? oddNodes : [];
}

/** @param address last octet of the node's address */
function nodeObject({ name, labels, taints, isDown }: OddNode, position: number, address: number): KubernetesObject {
    const zone = zoneOf(position);
    const ofEvery = { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" };
    const system = { ...ofEvery, ...labels };
    const reason = "NodeStatusUnknown";
    return {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
            name,
            labels: {
                ...(isDown ? {} : { [playedLabel.key]: playedLabel.value }),
                "kubernetes.io/hostname": name,
                ...system,
                "topology.kubernetes.io/region": zone.slice(0, -1),
                "topology.kubernetes.io/zone": zone,
            },
        },
        spec: { taints },
        status: {
            conditions: isDown ? [{ type: "Ready", status: "Unknown", reason, message: "its kubelet is gone" }] : [],
            addresses: [
                { type: "InternalIP", address: `10.0.0.${address}` },
                { type: "Hostname", address: name },
            ],
            capacity: nodeResources,
            allocatable: nodeResources,
            nodeInfo: {
                architecture: system["kubernetes.io/arch"],
                operatingSystem: system["kubernetes.io/os"],
                osImage: "simulated",
                kernelVersion: "simulated",
                containerRuntimeVersion: "simulated://",
                kubeletVersion: kubernetesVersion,
                kubeProxyVersion: "",
                bootID: "",
                machineID: name,
                systemUUID: name,
            },
        },
    };
}
