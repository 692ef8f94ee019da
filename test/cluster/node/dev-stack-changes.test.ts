// Edits of the dev stack's settings on a real node, one after another, and its end.

import assert from "node:assert/strict";
import {
    GetBucketEncryptionCommand,
    GetBucketPolicyCommand,
    GetPublicAccessBlockCommand,
    PutObjectCommand,
} from "@aws-sdk/client-s3";
import { emulatedAwsForPods } from "../../../lab/emulated-aws-service.ts";
import { run } from "../../../lab/tools/run.ts";
import { readBucket } from "../../../scripts/demonstration.ts";
import { labS3 } from "../../../scripts/lab-s3.ts";
import {
    configureLabStack,
    failureOf,
    type LabStack,
    type PreviewStep,
    previewChanges,
    pulumi,
} from "../../../scripts/lab-stack.ts";
import { qualified } from "../../../settings/keys.ts";
import { appliedSteps } from "../../applied-steps.ts";
import { devStackToChange } from "../../real-node.ts";
import { takenAway } from "../taken-away.ts";

const endpoint = { "chattingo-logging:archive.endpoint": emulatedAwsForPods };

interface Edit {
    readonly setting: string;
    readonly config: Readonly<Record<string, unknown>>;
    /** Operation, type and name of each step that the edit may cause, and no other. */
    readonly expected: readonly string[];
}

const edits: readonly Edit[] = [
    {
        setting: "the archive's retention",
        config: { "chattingo-logging:archive.retentionDays": 60 },
        expected: ["update aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"],
    },
    {
        setting: "the size at which a log is rotated",
        config: { "chattingo-logging:rotation.maxSizeMb": 50 },
        // The pods that wait for the end of their node read the ConfigMap when they start.
        expected: ["update kubernetes:apps/v1:DaemonSet", "update kubernetes:core/v1:ConfigMap"],
    },
    {
        setting: "the rotation's schedule",
        config: { "chattingo-logging:rotation.schedule": "15 * * * *" },
        expected: ["update kubernetes:batch/v1:CronJob"],
    },
    {
        setting: "the archive's storage class",
        config: { "chattingo-logging:archive.storageClass": "STANDARD" },
        expected: ["update kubernetes:apps/v1:Deployment", "update kubernetes:core/v1:ConfigMap"],
    },
    {
        setting: "the workloads' image",
        config: { "chattingo-logging:images.node": "node:24.21.0-bookworm-slim" },
        expected: [
            "replace kubernetes:batch/v1:Job",
            "replace kubernetes:batch/v1:Job",
            // It names the image that rotation's Jobs may run.
            "update kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
            // The container that makes the log tree on a node that joins later, and the pod that waits for a node's end.
            "update kubernetes:apps/v1:DaemonSet",
            "update kubernetes:apps/v1:DaemonSet",
            // The uploader, and the exporter beside Kibana.
            "update kubernetes:apps/v1:Deployment",
            "update kubernetes:apps/v1:Deployment",
            "update kubernetes:batch/v1:CronJob",
            "update kubernetes:batch/v1:CronJob",
            // The definition of what rotates a node.
            "update kubernetes:core/v1:ConfigMap",
        ],
    },
];

/** A replacement is reported in up to three steps; it counts as one. */
function summarise(steps: readonly PreviewStep[]): readonly string[] {
    const replacementParts = ["create-replacement", "delete-replaced"];
    return steps
        .filter((step) => !replacementParts.includes(step.operation))
        .map((step) => `${step.operation} ${step.type}`)
        .toSorted();
}

describe("the dev stack on a real node, when it is changed", function () {
    this.timeout(900_000);

    let stack: LabStack;

    const kubectl = (...args: string[]) => run("kubectl", args, { env: stack.environment });

    before(async () => {
        stack = await devStackToChange();
    });

    // One edit after another on the same stack, as a team would make them: each must show itself and no other.
    const edited: Record<string, unknown> = { ...endpoint };
    for (const edit of edits) {
        it(`changes exactly what it should when somebody edits ${edit.setting}`, async () => {
            Object.assign(edited, edit.config);
            await configureLabStack(stack, edited);
            const steps = await appliedSteps(stack);
            assert.deepEqual(summarise(steps), edit.expected);
            assert.deepEqual(takenAway(steps), []);
        });
    }

    /** Runs `work` with these settings beside the edits. */
    const withSettings = async <T>(settings: Readonly<Record<string, unknown>>, work: () => Promise<T>): Promise<T> => {
        await configureLabStack(stack, {
            ...edited,
            ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [qualified(key), value])),
        });
        return work().finally(() => configureLabStack(stack, edited));
    };

    // The stacks of production are on this side of these two already (simulated/setting-changes.ts).
    it("would take away nothing that lasts for a role instead of an access key", async () => {
        const settings = { "archive.credentials": "irsa", "cluster.eksName": "chattingo-prod" };
        assert.deepEqual(takenAway(await withSettings(settings, () => previewChanges(stack))), []);
    });

    it("is refused several nodes of Elasticsearch while only one node can mount the archive volume", async () => {
        const settings = { "search.mode": "cluster", "search.replicas": 3 };
        const output = await withSettings(settings, () => failureOf(pulumi(stack, ["preview"])));
        assert.match(output, /nothing was provisioned.*archive\.volumeAccessMode/s);
    });

    it("has nothing left to change after all edits", async () => {
        assert.deepEqual(await previewChanges(stack), []);
    });

    it("leaves nothing in the cluster when it is destroyed, and keeps the protected bucket with its objects", async () => {
        const { bucketName, keyArn } = JSON.parse(await pulumi(stack, ["stack", "output", "--json"])) as {
            readonly bucketName: string;
            readonly keyArn: string;
        };
        const s3 = labS3(stack.environment);
        const kept = "2025/09/10/archive/app_kept_20250910_120000.log.gz";
        const encrypted = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn } as const;
        await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: kept, Body: "kept", ...encrypted }));
        const keys = async () =>
            (await readBucket({ environment: stack.environment, bucketName })).objects.map(({ key }) => key);
        const before = await keys();
        assert.ok(before.includes(kept));

        await pulumi(stack, ["destroy", "--yes", "--skip-preview"]);
        const namespaces = await kubectl("get", "namespaces", "-o", "name");
        assert.ok(!namespaces.split("\n").includes("namespace/chattingo"));
        assert.deepEqual(await keys(), before);
        await s3.send(new GetBucketPolicyCommand({ Bucket: bucketName }));
        await s3.send(new GetPublicAccessBlockCommand({ Bucket: bucketName }));
        const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket: bucketName }));
        const rule = encryption.ServerSideEncryptionConfiguration?.Rules?.[0];
        assert.equal(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, "aws:kms");
        s3.destroy();
    });
});
