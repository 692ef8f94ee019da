// Where a workload differs from what kube-score recommends, and why: https://github.com/zegl/kube-score#ignoring-a-test

/** Why a check of kube-score does not fit. */
const reasons = {
    "container-image-pull-policy": "images are pinned; a node that has one starts its pods without the registry",
    "container-security-context-user-group-id": "the user of the official image, or root for files of any user",
    "container-security-context-privileged": "one container sets vm.max_map_count on the node and ends",
    "deployment-replicas": "one is enough: nothing is lost while it restarts",
    "deployment-strategy": "two at a time would work on the same data",
} as const;

/** A check of kube-score. */
export type KubeScoreCheck = keyof typeof reasons;

/**
 * Annotations of a workload that leave out checks, with the reasons beside them. That images are not pulled at every start
 * is so everywhere.
 */
export function kubeScoreExceptions(...checks: readonly KubeScoreCheck[]): Record<string, string> {
    const left: readonly KubeScoreCheck[] = ["container-image-pull-policy", ...checks];
    return {
        "kube-score/ignore": left.join(","),
        "kube-score/reason": left.map((check) => `${check}: ${reasons[check]}`).join("; "),
    };
}
