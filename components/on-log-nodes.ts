// Where pods run of which every node with logs has one.

import type k8s from "@pulumi/kubernetes";
import { logNodeRequirements } from "../formats/log-nodes.ts";

/** Nodes that have logs, by the rule of rotation. */
export const onLogNodes: k8s.types.input.core.v1.Affinity = {
    nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
                {
                    matchExpressions: logNodeRequirements.map(({ key, operator, values }) => ({
                        key,
                        operator,
                        values: [...values],
                    })),
                },
            ],
        },
    },
};
