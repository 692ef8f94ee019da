// What the account that starts rotation may create: Jobs of the node template, and nothing else. RBAC can't look into what
// is created, and a pod of this namespace may be root on its node; an admission policy can
// (https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/).

import type { types } from "@pulumi/kubernetes";
import { namespaceName } from "./labels.ts";

/** The first minor version of Kubernetes 1 that has admission policies for everybody. */
export const oldestKubernetesMinor = 30;

type PolicySpec = types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;
type Validation = types.input.admissionregistration.v1.Validation;
type Fields = Readonly<Record<string, unknown>>;

/** The Job of a node as its ConfigMap has it, before a run adds name, owner and node (`components/log-rotation.ts`). */
export interface NodeJobTemplate {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: Fields & {
        readonly template: {
            readonly metadata: { readonly labels: Readonly<Record<string, string>> };
            readonly spec: Fields & { readonly containers: readonly Fields[] };
        };
    };
}

/** Labels that the API server gives every Job's pods. */
const labelsOfJobs = [
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
];

/** Fields that the API server adds to a pod's specification and to a container. */
const defaultedFields = {
    pod: ["dnsPolicy", "schedulerName", "serviceAccount", "terminationGracePeriodSeconds"],
    container: ["imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy"],
} as const;

/** The policy for what an account creates. It refuses what it can't judge. */
export function rotationAdmission(template: NodeJobTemplate, account: string): PolicySpec {
    return {
        failurePolicy: "Fail",
        matchConstraints: {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespaceName } },
            resourceRules: [
                {
                    apiGroups: ["batch"],
                    apiVersions: ["v1"],
                    resources: ["jobs"],
                    operations: ["CREATE", "UPDATE"],
                },
            ],
        },
        matchConditions: [
            {
                name: "account-of-rotation",
                expression: `request.userInfo.username == ${literal(`system:serviceaccount:${namespaceName}:${account}`)}`,
            },
        ],
        // Without types, so that a part of the object can be compared with what is written here.
        variables: [
            { name: "job", expression: "dyn(object.spec)" },
            { name: "labels", expression: "dyn(object.metadata.labels)" },
            { name: "podMetadata", expression: "dyn(object.spec.template.metadata)" },
            { name: "pod", expression: "dyn(object.spec.template.spec)" },
            { name: "containers", expression: "dyn(object.spec.template.spec.containers)" },
            {
                name: "nodes",
                expression:
                    "dyn(object.spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].values)",
            },
        ],
        validations: validations(template),
    };
}

function validations({ spec: { template, ...job }, metadata }: NodeJobTemplate): Validation[] {
    const { containers, ...pod } = asStored(template.spec) as NodeJobTemplate["spec"]["template"]["spec"];
    const podLabels = template.metadata.labels;
    const [container = {}] = containers;
    const podFields = [...Object.keys(pod), "affinity", "containers", ...defaultedFields.pod];
    const containerFields = [...Object.keys(container), ...defaultedFields.container];
    return [
        ...equal("variables.job", "spec", { ...job, parallelism: 1, completions: 1 }),
        refuseUnless(
            `(!("manualSelector" in variables.job) || variables.job.manualSelector == false) && !("managedBy" in variables.job)`,
            "spec.manualSelector and spec.managedBy must not be set",
        ),
        refuseUnless(hasLabels("variables.labels", metadata.labels), "metadata.labels must have those of the template"),
        refuseUnless(
            `!has(object.metadata.ownerReferences) || object.metadata.ownerReferences.all(owner, owner.kind == "Job")`,
            "only a Job may own it",
        ),
        // A pod with another part's labels would get its Service's connections and its network policies.
        refuseUnless(
            `variables.podMetadata.labels.all(key, key in ${literal([...Object.keys(podLabels), ...labelsOfJobs])}) && ${hasLabels("variables.podMetadata.labels", podLabels)}`,
            "spec.template.metadata.labels must be those of the template",
        ),
        refuseUnless(
            `variables.podMetadata.all(key, key in ["labels", "creationTimestamp"])`,
            "spec.template.metadata may have labels only",
        ),
        refuseUnless(
            `variables.pod.all(key, key in ${literal(podFields)})`,
            `spec.template.spec may have these fields only: ${podFields.join(", ")}`,
        ),
        ...equal("variables.pod", "spec.template.spec", pod),
        refuseUnless("size(variables.containers) == 1", "spec.template.spec.containers must be one"),
        refuseUnless(
            `variables.containers.all(container, container.all(key, key in ${literal(containerFields)}))`,
            `a container may have these fields only: ${containerFields.join(", ")}`,
        ),
        ...equal("variables.containers[0]", "spec.template.spec.containers[0]", container),
        refuseUnless(
            `size(variables.nodes) == 1 && variables.pod.affinity == ${affinityTo("variables.nodes")}`,
            "spec.template.spec.affinity must name one node",
        ),
    ];
}

/** That the labels hold all of those that are wanted. */
function hasLabels(labels: string, wanted: Readonly<Record<string, string>>): string {
    return `${literal(Object.keys(wanted))}.all(key, key in ${labels} && ${labels}[key] == ${literal(wanted)}[key])`;
}

/** The affinity that `workloads/log-rotation/every-node/node-job.ts` gives a node's Job, for an expression of names. */
function affinityTo(nodes: string): string {
    const [before, after] = literal({
        nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: placeholder }] }],
            },
        },
    }).split(literal(placeholder));
    return `${before}${nodes}${after}`;
}

const placeholder = "the nodes";

/** That every given field of an object has the given value, one validation a field. */
function equal(object: string, path: string, fields: Fields): Validation[] {
    return Object.entries(fields).map(([key, value]) =>
        refuseUnless(
            `${literal(key)} in ${object} && ${object}[${literal(key)}] == ${literal(value)}`,
            `${path}.${key} must be that of the template`,
        ),
    );
}

function refuseUnless(expression: string, message: string): Validation {
    return {
        expression,
        message: `log-rotation may start the Jobs of its template only: ${message}`,
        reason: "Forbidden",
    };
}

/** A part of the template as the API server has it: with what it adds, and without the lists that are empty. */
function asStored(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(asStored);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value).flatMap(([key, inner]) => {
            if (inner === undefined || inner === null || (Array.isArray(inner) && inner.length === 0)) {
                return [];
            }
            switch (key) {
                case "fieldRef":
                    return [[key, { apiVersion: "v1", ...inner }]];
                case "configMap":
                    return [[key, { defaultMode: 0o644, ...inner }]];
                case "hostPath":
                    return [[key, { type: "", ...inner }]];
                default:
                    return [[key, asStored(inner)]];
            }
        }),
    );
}

/** A value in CEL, whose literals hold one type each unless every element is `dyn`. */
function literal(value: unknown): string {
    if (Array.isArray(value)) {
        return `[${value.map((inner) => `dyn(${literal(inner)})`).join(", ")}]`;
    }
    if (typeof value === "object" && value !== null) {
        const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
        return `{${entries.map(([key, inner]) => `${literal(key)}: dyn(${literal(inner)})`).join(", ")}}`;
    }
    if (typeof value === "string" || typeof value === "boolean" || Number.isInteger(value)) {
        return JSON.stringify(value);
    }
    throw new TypeError(
        `${String(value)}: CEL has no literal for it here; expected a text, a whole number, a list or a map`,
    );
}
