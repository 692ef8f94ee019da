// How a DaemonSet of the system rolls out over nodes of which some may be down.

import type k8s from "@pulumi/kubernetes";

/**
 * Annotation: `pulumi up` waits until one pod of the DaemonSet is available. The provider's own rule asks for all of them,
 * so that one node that is down would fail every `up` when its time is over.
 * https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/#pulumicomwaitfor
 */
export const oneIsAvailable = { "pulumi.com/waitFor": "jsonpath={.status.numberAvailable}" } as const;

/**
 * Pods are replaced on a third of the nodes at a time, never two on a node. A node that is down counts as one of them: with
 * less than a third, a cluster of three nodes would get no change any more.
 */
export const someNodesAtATime: k8s.types.input.apps.v1.DaemonSetUpdateStrategy = {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: "34%", maxSurge: 0 },
};
