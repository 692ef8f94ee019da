// Names and labels that every part of the system shares; operators type them, so they never change.

/** Namespace in which the whole logging system lives. */
export const namespaceName = "chattingo";

/** Labels of a Kubernetes object. */
export type Labels = Readonly<Record<string, string>>;

/** What a part of the system is for, in the data flow. */
export type Role = "search" | "shipper" | "rotation" | "archive" | "network" | "monitoring";

/** Labels of everything in the system: `kubectl get all -n chattingo -l tier=logging` shows it. */
export const systemLabels: Labels = {
    tier: "logging",
    "app.kubernetes.io/part-of": "chattingo-logging",
    "app.kubernetes.io/managed-by": "pulumi",
};

/**
 * Labels of an object that belongs to the part `app`, the recommended ones among them
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
 */
export function labelsOf(app: string, role: Role): Labels {
    return {
        ...systemLabels,
        app,
        "app.kubernetes.io/name": app,
        "app.kubernetes.io/component": role,
    };
}

/**
 * Labels of the pods of a Job. Their tier is another one, because a finished pod is never Ready again and
 * `kubectl wait --for=condition=ready pod -l tier=logging` would wait for it
 * (docs/decisions/0005-pods-of-jobs-have-a-tier-of-their-own.md).
 */
export function jobPodLabelsOf(app: string, role: Role): Labels {
    return { ...labelsOf(app, role), tier: "logging-job" };
}

/** What a selector of the part's long-lived pods matches; Kubernetes lets nobody change it, so it holds one label only. */
export function selectorOf(app: string): Labels {
    return { app };
}

/** Annotation of a pod with several containers: the one that `kubectl logs` and `kubectl exec` mean without a name. */
export function defaultContainer(container: string): Labels {
    return { "kubectl.kubernetes.io/default-container": container };
}
