// What the API server may do at a kubelet: without it `kubectl logs` and `kubectl exec` are forbidden.

/** User as which the API server calls a kubelet. */
export const kubeletApiUser = "kube-apiserver-kubelet-client";

/** Gives that user the role that Kubernetes has for it. */
export const kubeletAccess = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "lab:kube-apiserver-to-kubelet" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:kubelet-api-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: kubeletApiUser }],
};
