// What stops a preview when somebody's edit would make logs public, unencrypted or deletable.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type GuardedResource, guardrailBreaches } from "../../../components/guardrails.ts";
import { bucketPolicy } from "../../../components/iam-policies.ts";

const options = { keepBucket: true, keepVolumes: true };

function breachesOf(type: string, inputs: object, resource: Partial<GuardedResource> = {}): readonly string[] {
    return guardrailBreaches(
        { type, name: "edited", isKept: true, inputs: inputs as GuardedResource["inputs"], ...resource },
        options,
    );
}

const closed = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const bucketArn = "arn:aws:s3:::chattingo-logs";
const statement = { Sid: "Everybody", Effect: "Allow", Action: "s3:GetObject", Resource: `${bucketArn}/*` };
const policyWith = (principal: unknown) => ({
    policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, Principal: principal }] }),
});
const encryptedBy = (sseAlgorithm: string) => ({
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm } }],
});
const service = (spec: object) => ({ spec: { selector: { app: "elasticsearch" }, ...spec } });
const bounds = { cpu: "1", memory: "1Gi" };
const workload = (resources: object) => ({
    spec: { template: { spec: { containers: [{ name: "main", resources }] } } },
});
const cronJob = (resources: object) => ({ spec: { jobTemplate: workload(resources) } });

interface Case {
    readonly edit: string;
    readonly type: string;
    readonly allowed: object;
    readonly refused: object;
    readonly says: RegExp;
}

const cases: readonly Case[] = [
    ...Object.keys(closed).map((property) => ({
        edit: `turns off ${property}`,
        type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        allowed: closed,
        refused: { ...closed, [property]: false },
        says: new RegExp(`${property} is false: the bucket could be made public`),
    })),
    {
        edit: "lets everybody read the bucket",
        type: "aws:s3/bucketPolicy:BucketPolicy",
        allowed: { policy: JSON.stringify(bucketPolicy(bucketArn, "arn:aws:kms:us-east-1:123456789012:key/1")) },
        refused: policyWith({ AWS: ["arn:aws:iam::123456789012:root", "*"] }),
        says: /statement Everybody allows everybody/,
    },
    {
        edit: "lets everybody read the bucket, written shortly",
        type: "aws:s3/bucketPolicy:BucketPolicy",
        allowed: policyWith({ AWS: "arn:aws:iam::123456789012:root" }),
        refused: policyWith("*"),
        says: /allows everybody/,
    },
    {
        edit: "turns ACLs on",
        type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        allowed: { rule: { objectOwnership: "BucketOwnerEnforced" } },
        refused: { rule: { objectOwnership: "ObjectWriter" } },
        says: /ACLs would count again/,
    },
    {
        edit: "encrypts by a key that is not the stack's",
        type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        allowed: encryptedBy("aws:kms"),
        refused: encryptedBy("AES256"),
        says: /encrypts by AES256; archives are encrypted by the stack's key/,
    },
    {
        edit: "drops the encryption's rules",
        type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        allowed: encryptedBy("aws:kms"),
        refused: { rules: [] },
        says: /encrypts by nothing/,
    },
    {
        edit: "shows Elasticsearch by a load balancer",
        type: "kubernetes:core/v1:Service",
        allowed: service({ type: "ClusterIP" }),
        refused: service({ type: "LoadBalancer" }),
        says: /its type has to be ClusterIP/,
    },
    {
        edit: "shows Elasticsearch by an address of its own",
        type: "kubernetes:core/v1:Service",
        allowed: service({}),
        refused: service({ externalIPs: ["192.0.2.1"] }),
        says: /without externalIPs/,
    },
    {
        edit: "shows Elasticsearch by an Ingress",
        type: "kubernetes:networking.k8s.io/v1:Ingress",
        allowed: { spec: { defaultBackend: { service: { name: "kibana" } } } },
        refused: { spec: { rules: [{ http: { paths: [{ backend: { service: { name: "elasticsearch" } } }] } }] } },
        says: /serve Kibana instead/,
    },
    {
        edit: "removes a limit",
        type: "kubernetes:apps/v1:DaemonSet",
        allowed: workload({ requests: bounds, limits: bounds }),
        refused: workload({ requests: bounds, limits: { cpu: "1" } }),
        says: /container main has no limits of memory/,
    },
    {
        edit: "removes a request of a Job's pod",
        type: "kubernetes:batch/v1:CronJob",
        allowed: cronJob({ requests: bounds, limits: bounds }),
        refused: cronJob({ limits: bounds }),
        says: /container main has no requests of cpu/,
    },
    {
        edit: "lets a StatefulSet delete its claims",
        type: "kubernetes:apps/v1:StatefulSet",
        allowed: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } } },
        refused: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" } } },
        says: /whenDeleted is not Retain/,
    },
];

describe("the guardrails", () => {
    for (const { edit, type, allowed, refused, says } of cases) {
        it(`stop an edit that ${edit}`, () => {
            assert.deepEqual(breachesOf(type, allowed), []);
            const [breach = "nothing", ...others] = breachesOf(type, refused);
            assert.match(breach, says);
            assert.ok(breach.startsWith(`${type} edited: `));
            assert.ok(others.length <= 1);
        });
    }

    it("stop an ACL, whatever it says", () => {
        assert.match(breachesOf("aws:s3/bucketAcl:BucketAcl", { acl: "private" })[0] ?? "", /ACLs are off/);
    });

    it("stop an edit that lets a resource with data be deleted, unless the stack wants its bucket to go", () => {
        for (const [type, name] of [
            ["aws:s3/bucket:Bucket", "log-archive"],
            ["aws:kms/key:Key", "log-archive-key"],
            ["kubernetes:core/v1:PersistentVolumeClaim", "data-elasticsearch-0"],
            ["kubernetes:core/v1:PersistentVolumeClaim", "log-archive"],
            ["kubernetes:core/v1:Namespace", "chattingo"],
        ] as const) {
            assert.deepEqual(breachesOf(type, {}, { name }), []);
            assert.match(breachesOf(type, {}, { name, isKept: false })[0] ?? "", /by retainOnDelete or protect/);
        }
        const bucket = { type: "aws:s3/bucket:Bucket", name: "log-archive", inputs: {}, isKept: false };
        assert.deepEqual(guardrailBreaches(bucket, { ...options, keepBucket: false }), []);
    });

    it("let the namespace and the archive volume go where the stack wants its volumes to go", () => {
        for (const [type, name] of [
            ["kubernetes:core/v1:Namespace", "chattingo"],
            ["kubernetes:core/v1:PersistentVolumeClaim", "log-archive"],
        ] as const) {
            const found = { type, name, inputs: {}, isKept: false };
            assert.deepEqual(guardrailBreaches(found, { ...options, keepVolumes: false }), []);
        }
    });

    it("end the program with a message that names the resource and how to fix it", () => {
        const at = (path: string) => JSON.stringify(join(import.meta.dirname, "../../..", path));
        const edited = `
            const { registerGuardrails } = await import(${at("components/guardrails.ts")});
            const { recordProgram } = await import(${at("scripts/recording-engine.ts")});
            const { default: k8s } = await import("@pulumi/kubernetes");
            process.on("unhandledRejection", (error) => { console.error(error.message); process.exit(1); });
            await recordProgram(() => {
                registerGuardrails({ keepBucket: true, keepVolumes: true });
                new k8s.core.v1.Service(process.argv[1], {
                    spec: { type: process.argv[1], selector: { app: "elasticsearch" } },
                });
            });`;
        const run = (type: string) =>
            spawnSync(process.execPath, ["--input-type=module", "--eval", edited, type], { encoding: "utf8" });
        assert.equal(run("ClusterIP").status, 0, run("ClusterIP").stderr);
        const { status, stderr } = run("NodePort");
        assert.equal(status, 1);
        assert.match(stderr, /guardrails\.ts stop this program:\n {2}kubernetes:core\/v1:Service NodePort: it shows/);
    }).timeout(30_000);
});
