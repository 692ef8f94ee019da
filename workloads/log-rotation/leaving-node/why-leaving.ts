// Whether a node is about to go, as those who remove nodes tell it: by a cordon, by a taint, or by the kubelet's own word.

/** What is looked at of a node. */
export interface LeavingNode {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly spec?: {
        readonly unschedulable?: boolean;
        readonly taints?: readonly { readonly key: string }[];
    };
    readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    };
}

/**
 * Taints of nodes that are removed next. A node with `node.kubernetes.io/out-of-service` is none of them: it is shut down
 * already, and no pod of it runs. Nor is one with `DeletionCandidateOfClusterAutoscaler`, which may stay.
 */
export const removalTaints: readonly string[] = [
    // kubectl cordon and kubectl drain: https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-unschedulable
    "node.kubernetes.io/unschedulable",
    // Karpenter and EKS Auto Mode, from version 1 and before it:
    // https://karpenter.sh/docs/concepts/disruption/#termination-controller
    "karpenter.sh/disrupted",
    "karpenter.sh/disruption",
    // https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/utils/taints/taints.go
    "ToBeDeletedByClusterAutoscaler",
    // https://github.com/aws/aws-node-termination-handler/blob/main/pkg/node/node.go
    "aws-node-termination-handler/spot-itn",
    "aws-node-termination-handler/scheduled-maintenance",
    "aws-node-termination-handler/asg-lifecycle-termination",
    "aws-node-termination-handler/rebalance-recommendation",
    // https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms#termination
    "cloud.google.com/impending-node-termination",
];

/** The kubelet's words while it ends its pods: https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/ */
const shuttingDown = "node is shutting down";

/** Why the node is about to go; undefined while it stays. */
export function whyLeaving({ metadata, spec, status }: LeavingNode): string | undefined {
    if (metadata.deletionTimestamp !== undefined) {
        return "it is being deleted";
    }
    // Before "cordoned", because it says more; a cordoned node has the first of the taints too.
    const taint = spec?.taints?.toReversed().find(({ key }) => removalTaints.includes(key));
    if (taint !== undefined) {
        return `it has the taint ${taint.key}`;
    }
    if (spec?.unschedulable) {
        return "it is cordoned";
    }
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return ready !== undefined && ready.status !== "True" && ready.message?.includes(shuttingDown)
        ? "it is shutting down"
        : undefined;
}
