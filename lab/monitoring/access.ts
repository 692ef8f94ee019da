// What Prometheus and kube-state-metrics may see of the cluster.

import type { KubernetesObject } from "../control-plane/apply-objects.ts";

/** User as which Prometheus asks the API server (by `target-discovery.ts`) for targets and kubelet for its metrics. */
export const prometheusUser = "lab:prometheus";

/** User as which kube-state-metrics asks the API server. */
export const kubeStateMetricsUser = "lab:kube-state-metrics";

const group = "rbac.authorization.k8s.io";
const kubeletMetrics = "lab:kubelet-metrics";

/** Both see what anybody may see who may look and not touch; Prometheus sees kubelet's metrics too. */
export const monitoringAccess: readonly KubernetesObject[] = [
    {
        apiVersion: `${group}/v1`,
        kind: "ClusterRole",
        metadata: { name: kubeletMetrics },
        rules: [{ apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] }],
    },
    binding(kubeletMetrics, kubeletMetrics, [prometheusUser]),
    binding("lab:monitoring", "view", [prometheusUser, kubeStateMetricsUser]),
];

function binding(name: string, role: string, users: readonly string[]): KubernetesObject {
    return {
        apiVersion: `${group}/v1`,
        kind: "ClusterRoleBinding",
        metadata: { name },
        roleRef: { apiGroup: group, kind: "ClusterRole", name: role },
        subjects: users.map((user) => ({ apiGroup: group, kind: "User", name: user })),
    };
}
