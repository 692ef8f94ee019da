// The nodes of the simulated cluster as the API server knows them.

import type { KubernetesObject } from "../control-plane/apply-objects.ts";
import { kubernetesVersion } from "../tools/go-tools.ts";

/** Availability zones over which the nodes are spread, as those of a cluster on AWS would be. */
export const zones = ["us-east-1a", "us-east-1b", "us-east-1c"] as const;

/** The most nodes that a simulated cluster may have: one octet of their addresses. */
export const mostNodes = 250;

/** Resources of each node: those of an m5.2xlarge with a disk of 200 GiB, so that requests matter in scheduling. */
const nodeResources = { cpu: "8", memory: "32Gi", pods: "58", "ephemeral-storage": "200Gi" };

/** Name of the node at this position, counted from 1. */
export function simulatedNodeName(position: number): string {
    return `simulated-${position}`;
}

/** Zone of the node at this position, counted from 1. */
export function zoneOf(position: number): (typeof zones)[number] {
    return zones[((position - 1) % zones.length) as 0 | 1 | 2];
}

/** Node objects, with the part of the status that a kubelet would report at its registration. */
export function simulatedNodes(count: number): readonly KubernetesObject[] {
    return Array.from({ length: count }, (_, index) => {
        const position = index + 1;
        const name = simulatedNodeName(position);
        const zone = zoneOf(position);
        return {
            apiVersion: "v1",
            kind: "Node",
            metadata: {
                name,
                labels: {
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "kubernetes.io/arch": "amd64",
                    "topology.kubernetes.io/region": zone.slice(0, -1),
                    "topology.kubernetes.io/zone": zone,
                },
            },
            status: {
                addresses: [
                    { type: "InternalIP", address: `10.0.0.${position}` },
                    { type: "Hostname", address: name },
                ],
                capacity: nodeResources,
                allocatable: nodeResources,
                nodeInfo: {
                    architecture: "amd64",
                    operatingSystem: "linux",
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
    });
}
