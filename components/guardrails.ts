// What no edit of this program may do, checked on every resource before the engine hears of it, in previews too: make
// logs public, leave them unencrypted, show Elasticsearch to the world, run without limits, or let data be deleted.

import * as pulumi from "@pulumi/pulumi";

/** A resource as it is about to be registered, its inputs resolved. */
export interface GuardedResource {
    /** Type token, for example `aws:s3/bucket:Bucket`. */
    readonly type: string;
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    /** It stays where it is, or can't be deleted at all, when it leaves the program. */
    readonly isKept: boolean;
}

/** The stack's own decisions that a guardrail has to know. */
export interface GuardrailOptions {
    /** The stack keeps its bucket when it is destroyed. */
    readonly keepBucket: boolean;
    /** The stack keeps its namespace and the claims of volumes with data when it is destroyed. */
    readonly keepVolumes: boolean;
}

/** A resource that a guardrail stops. */
class GuardrailError extends pulumi.RunError {
    constructor(breaches: readonly string[]) {
        super(
            [
                "the guardrails of components/guardrails.ts stop this program:",
                ...breaches.map((breach) => `  ${breach}`),
            ].join("\n"),
        );
    }
}

/**
 * Checks every resource that the program registers from now on. A breach ends the program with a
 * {@link GuardrailError}.
 */
export function registerGuardrails(options: GuardrailOptions): void {
    pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
        if (!rules.some(({ types }) => types.test(type))) {
            return undefined;
        }
        const { retainOnDelete, protect } = opts as pulumi.CustomResourceOptions;
        const check = (inputs: Readonly<Record<string, unknown>>, isKept: boolean) => {
            const breaches = guardrailBreaches({ type, name, inputs, isKept }, options);
            if (breaches.length > 0) {
                throw new GuardrailError(breaches);
            }
        };
        pulumi
            .all([pulumi.output(props as Readonly<Record<string, unknown>>), pulumi.output(protect)])
            .apply(([inputs, isProtected]) => check(inputs, retainOnDelete === true || isProtected === true));
        return undefined;
    });
}

/** Everything that the guardrails have against the resource; empty when it may pass. */
export function guardrailBreaches(resource: GuardedResource, options: GuardrailOptions): readonly string[] {
    return rules
        .filter(({ types }) => types.test(resource.type))
        .flatMap(({ breaches }) => breaches(resource, options))
        .map((breach) => `${resource.type} ${resource.name}: ${breach}`);
}

interface Rule {
    readonly types: RegExp;
    readonly breaches: (resource: GuardedResource, options: GuardrailOptions) => readonly string[];
}

const elasticsearch = "elasticsearch";

const rules: readonly Rule[] = [
    {
        types: /^aws:s3\/bucketPublicAccessBlock:/,
        breaches: ({ inputs }) =>
            ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
                .filter((property) => inputs[property] !== true)
                .map(
                    (property) =>
                        `${property} is ${show(inputs[property])}: the bucket could be made public; set it to true`,
                ),
    },
    {
        types: /^aws:s3\/bucket(Acl|AclV2|ObjectAcl):/,
        breaches: () => ["an ACL could make the bucket public; ACLs are off, give access by the bucket's policy"],
    },
    {
        types: /^aws:s3\/bucketOwnershipControls:/,
        breaches: ({ inputs }) =>
            at(inputs, "rule", "objectOwnership") === "BucketOwnerEnforced"
                ? []
                : ["objectOwnership is not BucketOwnerEnforced: ACLs would count again"],
    },
    {
        types: /^aws:s3\/bucketPolicy:/,
        breaches: ({ inputs }) =>
            statementsOf(inputs.policy)
                .filter((statement) => statement.Effect === "Allow" && namesEverybody(statement.Principal))
                .map(
                    (statement) => `statement ${show(statement.Sid)} allows everybody; name who may, in its Principal`,
                ),
    },
    {
        types: /^aws:s3\/bucketServerSideEncryptionConfiguration:/,
        breaches: ({ inputs }) => {
            const used = list(inputs.rules).map((rule) =>
                at(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm"),
            );
            return used.length > 0 && used.every((algorithm) => algorithm === "aws:kms")
                ? []
                : [
                      `encrypts by ${used.map(show).join(", ") || "nothing"}; archives are encrypted by the stack's key: aws:kms`,
                  ];
        },
    },
    {
        types: /^aws:(s3\/bucket:Bucket|kms\/key:Key)$/,
        breaches: ({ isKept }, { keepBucket }) =>
            isKept || !keepBucket
                ? []
                : ["it would be deleted with the archives; keep it by retainOnDelete or protect"],
    },
    {
        types: /^kubernetes:core\/v1:Service$/,
        breaches: ({ inputs }) =>
            at(inputs, "spec", "selector", "app") === elasticsearch &&
            ((at(inputs, "spec", "type") ?? "ClusterIP") !== "ClusterIP" ||
                list(at(inputs, "spec", "externalIPs")).length > 0)
                ? ["it shows Elasticsearch outside of the cluster; its type has to be ClusterIP, without externalIPs"]
                : [],
    },
    {
        types: /^kubernetes:networking\.k8s\.io\/v1:Ingress$/,
        breaches: ({ inputs }) =>
            JSON.stringify(inputs.spec ?? {}).includes(`"name":"${elasticsearch}`)
                ? ["it shows Elasticsearch outside of the cluster; serve Kibana instead"]
                : [],
    },
    {
        types: /^kubernetes:(apps|batch)\/v1:/,
        breaches: ({ inputs }) =>
            containersOf(inputs).flatMap((container) =>
                (["requests", "limits"] as const).flatMap((kind) =>
                    (["cpu", "memory"] as const)
                        .filter((resource) => at(container, "resources", kind, resource) === undefined)
                        .map(
                            (resource) =>
                                `container ${show(container.name)} has no ${kind} of ${resource}: it could take what others need`,
                        ),
                ),
            ),
    },
    {
        types: /^kubernetes:core\/v1:PersistentVolumeClaim$/,
        breaches: ({ name, isKept }) =>
            name.startsWith("data-") && !isKept
                ? ["it would be deleted with log lines that can be searched; keep it by retainOnDelete or protect"]
                : [],
    },
    {
        types: /^kubernetes:core\/v1:(Namespace|PersistentVolumeClaim)$/,
        breaches: ({ isKept }, { keepVolumes }) =>
            isKept || !keepVolumes
                ? []
                : [
                      "it would be deleted with the volumes' data when the stack is destroyed; keep it by retainOnDelete or protect",
                  ],
    },
    {
        types: /^kubernetes:apps\/v1:StatefulSet$/,
        breaches: ({ inputs }) =>
            (["whenDeleted", "whenScaled"] as const)
                .filter((when) => at(inputs, "spec", "persistentVolumeClaimRetentionPolicy", when) !== "Retain")
                .map(
                    (when) =>
                        `persistentVolumeClaimRetentionPolicy.${when} is not Retain: claims would go, with their data`,
                ),
    },
];

/** Containers of the pods that a workload makes, wherever its kind keeps the template. */
function containersOf(inputs: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
    const spec =
        at(inputs, "spec", "jobTemplate", "spec", "template", "spec") ?? at(inputs, "spec", "template", "spec");
    return [...list(at(spec, "initContainers")), ...list(at(spec, "containers"))];
}

function statementsOf(policy: unknown): readonly Readonly<Record<string, unknown>>[] {
    const document: unknown = typeof policy === "string" ? JSON.parse(policy) : policy;
    return list(at(document, "Statement"));
}

function namesEverybody(principal: unknown): boolean {
    const names = typeof principal === "object" && principal !== null ? Object.values(principal).flat() : [principal];
    return names.includes("*");
}

/** The value at the path of names; undefined when there is none. */
function at(value: unknown, ...path: readonly string[]): unknown {
    return path.reduce<unknown>(
        (inner, name) =>
            typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
        value,
    );
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
    return Array.isArray(value) ? value : [];
}

function show(value: unknown): string {
    return typeof value === "string" ? value : (JSON.stringify(value) ?? "missing");
}
