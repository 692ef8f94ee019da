// What a rotation run may do in the cluster: see the nodes, start Jobs in its namespace, and read what they said. It can't
// change or delete anything: its Jobs go by their time to live, and with the Job that it belongs to.

import type { types } from "@pulumi/kubernetes";

/** Rules of a role. */
export type Rules = types.input.rbac.v1.PolicyRule[];

/** In its namespace. */
export const rulesInNamespace: Rules = [
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "list"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
];

/** In the whole cluster: nodes belong to no namespace. */
export const rulesInCluster: Rules = [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }];

/** What the pod that stays on each node may: follow its node. RBAC can't name a node that is not there yet. */
export const rulesOfLeavingNode: Rules = [{ apiGroups: [""], resources: ["nodes"], verbs: ["watch"] }];
