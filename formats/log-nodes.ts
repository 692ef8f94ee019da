// Which nodes of a cluster have logs: the one rule by which Filebeat is scheduled and rotation looks for nodes.

/** A node's label, and the values with which it has no logs, or the only ones with which it has. */
export interface NodeRequirement {
    readonly key: string;
    readonly operator: "In" | "NotIn";
    readonly values: readonly string[];
    /** What a node is that does not meet it. */
    readonly otherwise: string;
}

/**
 * What a node has to be. Pods of DaemonSets and directories of the node exist on none of the others:
 * https://docs.aws.amazon.com/eks/latest/userguide/fargate.html#fargate-considerations,
 * https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-os
 */
export const logNodeRequirements: readonly NodeRequirement[] = [
    { key: "kubernetes.io/os", operator: "In", values: ["linux"], otherwise: "its system is not Linux" },
    {
        key: "eks.amazonaws.com/compute-type",
        operator: "NotIn",
        values: ["fargate"],
        otherwise: "it is a virtual node of Fargate",
    },
    { key: "type", operator: "NotIn", values: ["virtual-kubelet"], otherwise: "it is a virtual node" },
];

/** Why a node with these labels has no logs; undefined when it has. */
export function whyNoLogNode(labels: Readonly<Record<string, string>>): string | undefined {
    return logNodeRequirements.find(({ key, operator, values }) => {
        const value = labels[key];
        const isAmong = value !== undefined && values.includes(value);
        return operator === "In" ? !isAmong : isAmong;
    })?.otherwise;
}
