// Where a workload differs from what linters of manifests recommend, and why, in the annotations by which each of them is
// told. They are for linters alone: `make render` writes them beside the manifests, and no object of a cluster has them.
// https://github.com/zegl/kube-score#ignoring-a-test,
// https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html,
// https://docs.kubelinter.io/#/configuring-kubelinter?id=ignoring-violations-for-specific-cases,
// https://polaris.docs.fairwinds.com/customization/exemptions/

/** One difference: its reason, and the checks that find it. */
interface Exception {
    readonly reason: string;
    /** What of a workload it is about; it is left out where the workload has nothing of it. */
    readonly about?: RegExp;
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
        about: /max_map_count/,
        reason: "one container without a capability is root to set vm.max_map_count on the node, and ends",
        kubeScore: ["container-security-context-user-group-id"],
        checkov: ["CKV_K8S_23", "CKV_K8S_40"],
        kubeLinter: ["run-as-non-root"],
        polaris: ["runAsRootAllowed"],
    },
    "one replica": { reason: "one is enough: nothing is lost while it restarts", kubeScore: ["deployment-replicas"] },
    "one at a time": { reason: "two at a time would work on the same data", kubeScore: ["deployment-strategy"] },
    "secrets in variables": {
        about: /"secret(Key)?Ref"/,
        reason: "the program takes them from its environment only",
        checkov: ["CKV_K8S_35"],
    },
    "token of its account": {
        reason: "it asks the API server, and its account may do little else",
        checkov: ["CKV_K8S_38"],
    },
    "kept Job": {
        reason: "the finished Job is a resource of the stack, which would make it again if it were gone",
        kubeLinter: ["job-ttl-seconds-after-finished"],
    },
} as const satisfies Readonly<Record<string, Exception>>;

/** The file beside rendered manifests by which `kubectl kustomize` gives them the annotations. */
export const kustomizationFile = "kustomization.yaml";

/** Name of an exception. */
export type ExceptionName = keyof typeof exceptions;

/** What is so in every workload. */
const everywhere: readonly ExceptionName[] = ["no pull at every start"];

/** The exceptions of each workload, by its kind and name. */
export const workloadExceptions: Readonly<Record<string, readonly ExceptionName[]>> = {
    "CronJob/log-restore": [],
    "CronJob/log-rotation": ["token of its account"],
    "DaemonSet/filebeat": ["root with capabilities", "secrets in variables"],
    "DaemonSet/log-rotation-leaving": ["root with capabilities", "token of its account"],
    "Deployment/elasticsearch": ["user of the image", "kernel setting", "one replica", "one at a time"],
    "Deployment/elasticsearch-exporter": ["one replica", "secrets in variables"],
    "Deployment/kibana": ["user of the image", "one replica", "one at a time", "secrets in variables"],
    "Deployment/s3-uploader": ["one replica", "one at a time"],
    "Job/elastic-setup": ["kept Job"],
    "Job/log-rotation-node": ["root with capabilities"],
    "Job/log-setup": ["root with capabilities", "kept Job"],
    "StatefulSet/elasticsearch": ["user of the image", "kernel setting"],
};

/** A manifest, as far as linters' exceptions are about it. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Annotations that leave out what a workload's exceptions are about; undefined of what is no workload. */
export function linterAnnotations(manifest: Manifest): Record<string, string> | undefined {
    const names = workloadExceptions[`${manifest.kind}/${manifest.metadata.name}`];
    if (names === undefined) {
        return undefined;
    }
    const text = JSON.stringify(manifest);
    return annotationsOf(names.filter((name) => (exceptions[name] as Exception).about?.test(text) ?? true));
}

/** Annotations of exceptions, with the reasons beside them. */
export function annotationsOf(names: readonly ExceptionName[]): Record<string, string> {
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
