// What a container may take of its node: processor, memory, and of the node's own disk.

import type k8s from "@pulumi/kubernetes";

/** CPU and memory, as Kubernetes quantities. */
export interface Resources {
    readonly cpu: string;
    readonly memory: string;
}

/** Bytes of the node's disk, as Kubernetes quantities: `emptyDir` volumes and the container's output. */
interface Disk {
    readonly request: string;
    readonly limit: string;
}

/** What a program takes that keeps nothing: its output, of which the kubelet keeps five files of 10 MiB. */
const outputOnly: Disk = { request: "16Mi", limit: "256Mi" };

/**
 * Requests and limits of a container. A pod that takes more of the disk than its limit is ended before it fills the node:
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage
 *
 * @param disk for containers that keep files in an `emptyDir`
 */
export function containerResources(
    requests: Resources,
    limits: Resources,
    disk: Disk = outputOnly,
): k8s.types.input.core.v1.ResourceRequirements {
    return {
        requests: { cpu: requests.cpu, memory: requests.memory, "ephemeral-storage": disk.request },
        limits: { cpu: limits.cpu, memory: limits.memory, "ephemeral-storage": disk.limit },
    };
}
