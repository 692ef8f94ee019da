// Where a workload differs from what checkers of manifests recommend, and why, in the annotations by which each of them is
// told: https://github.com/zegl/kube-score#ignoring-a-test,
// https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html,
// https://docs.kubelinter.io/#/configuring-kubelinter?id=ignoring-violations-for-specific-cases,
// https://polaris.docs.fairwinds.com/customization/exemptions/

/** One difference: its reason, and the checks that find it. */
interface Exception {
    readonly reason: string;
    readonly kubeScore?: readonly string[];
    readonly checkov?: readonly string[];
    readonly kubeLinter?: readonly string[];
    /** Polaris takes no reasons. */
    readonly polaris?: readonly string[];
}

const exceptions = {
    "no pull at every start": {
        reason: "images are pinned; a node that has one starts its pods without the registry",
        kubeScore: ["container-image-pull-policy"],
        checkov: ["CKV_K8S_15"],
    },
    "user of the image": {
        reason: "the user of the official image, which owns what it needs in there",
        kubeScore: ["container-security-context-user-group-id"],
        checkov: ["CKV_K8S_40"],
    },
    "root with capabilities": {
        reason: "logs belong to any application's user, and the log tree to root",
        kubeScore: ["container-security-context-user-group-id"],
        checkov: ["CKV_K8S_23", "CKV_K8S_25", "CKV_K8S_40"],
        kubeLinter: ["run-as-non-root"],
        polaris: ["runAsRootAllowed"],
    },
    "kernel setting": {
        reason: "one container without a capability is root to set vm.max_map_count on the node, and ends",
        kubeScore: ["container-security-context-user-group-id"],
        checkov: ["CKV_K8S_23", "CKV_K8S_40"],
        kubeLinter: ["run-as-non-root"],
        polaris: ["runAsRootAllowed"],
    },
    "one replica": { reason: "one is enough: nothing is lost while it restarts", kubeScore: ["deployment-replicas"] },
    "one at a time": { reason: "two at a time would work on the same data", kubeScore: ["deployment-strategy"] },
    "secrets in variables": {
        reason: "the program takes them from its environment only",
        checkov: ["CKV_K8S_35"],
    },
    "token of its account": {
        reason: "it starts a Job on every node, which its account alone may",
        checkov: ["CKV_K8S_38"],
    },
    "kept Job": {
        reason: "the finished Job is a resource of the stack, which would make it again if it were gone",
        kubeLinter: ["job-ttl-seconds-after-finished"],
    },
} as const satisfies Readonly<Record<string, Exception>>;

/** Name of an exception. */
export type ExceptionName = keyof typeof exceptions;

/** What is so in every workload. */
const everywhere: readonly ExceptionName[] = ["no pull at every start"];

/** Annotations of a workload that leave out what its exceptions are about, with the reasons beside them. */
export function checkExceptions(...names: readonly ExceptionName[]): Record<string, string> {
    const all: readonly Exception[] = [...everywhere, ...names].map((name) => exceptions[name]);
    const checks = (tool: "kubeScore" | "checkov" | "kubeLinter" | "polaris") => [
        ...new Map(all.flatMap(({ reason, [tool]: found = [] }) => found.map((check) => [check, reason] as const))),
    ];
    return Object.fromEntries([
        [
            "kube-score/ignore",
            checks("kubeScore")
                .map(([check]) => check)
                .join(","),
        ],
        [
            "kube-score/reason",
            checks("kubeScore")
                .map(([check, reason]) => `${check}: ${reason}`)
                .join("; "),
        ],
        ...checks("checkov").map(([check, reason], index) => [`checkov.io/skip${index + 1}`, `${check}=${reason}`]),
        ...checks("kubeLinter").map(([check, reason]) => [`ignore-check.kube-linter.io/${check}`, reason]),
        ...checks("polaris").map(([check]) => [`polaris.fairwinds.com/${check}-exempt`, "true"]),
    ]) as Record<string, string>;
}
