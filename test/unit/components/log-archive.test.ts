// The bucket and its key.

import assert from "node:assert/strict";
import { bucketPolicy } from "../../../components/iam-policies.ts";
import { LogArchive, type LogArchiveArgs } from "../../../components/log-archive.ts";
import { resolved } from "../../../scripts/recording-engine.ts";
import { declared } from "./mocked-program.ts";

const args: LogArchiveArgs = {
    bucketName: "chattingo-logs",
    retentionDays: 365,
    objectLock: false,
    keepOnDestroy: true,
};
const keyArn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

const archive = (changes: Partial<LogArchiveArgs> = {}) =>
    declared(() => new LogArchive("log-archive", { ...args, ...changes }));

describe("LogArchive", () => {
    it("encrypts with a key of its own that is rotated, through a bucket key", async () => {
        const found = await archive();
        assert.equal(found.inputs("aws:kms/key:Key").enableKeyRotation, true);
        assert.deepEqual(found.inputs("aws:kms/alias:Alias"), {
            name: "alias/chattingo-logs",
            targetKeyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
        });
        assert.deepEqual(
            found.inputs("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"),
            {
                bucket: "chattingo-logs",
                rules: [
                    {
                        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
                        bucketKeyEnabled: true,
                    },
                ],
            },
        );
    });

    it("gives the key of a bucket with dots in its name an alias that KMS takes, and no two buckets one", async () => {
        const aliasOf = async (bucketName: string) =>
            String((await archive({ bucketName })).inputs("aws:kms/alias:Alias").name);
        const names = ["logs.chattingo.example", "logs-chattingo.example", "logs.chattingo-example"];
        const aliases: string[] = [];
        for (const name of names) {
            aliases.push(await aliasOf(name));
        }
        // https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html#KMS-CreateAlias-request-AliasName
        for (const alias of aliases) {
            assert.match(alias, /^alias\/[a-zA-Z0-9/_-]+$/);
        }
        assert.equal(new Set(aliases).size, names.length);
    });

    it("shuts the public out, disables ACLs and keeps old versions", async () => {
        const found = await archive();
        assert.deepEqual(found.inputs("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"), {
            bucket: "chattingo-logs",
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
        });
        assert.deepEqual(found.inputs("aws:s3/bucketOwnershipControls:BucketOwnershipControls").rule, {
            objectOwnership: "BucketOwnerEnforced",
        });
        assert.deepEqual(found.inputs("aws:s3/bucketVersioning:BucketVersioning").versioningConfiguration, {
            status: "Enabled",
        });
    });

    it("puts its policy on the bucket, for this bucket and this key", async () => {
        const { bucket, policy } = (await archive()).inputs("aws:s3/bucketPolicy:BucketPolicy");
        assert.equal(bucket, "chattingo-logs");
        assert.deepEqual(JSON.parse(String(policy)), bucketPolicy("arn:aws:s3:::chattingo-logs", keyArn));
    });

    it("lets the key serve this bucket in its region only", async () => {
        const { policy } = (await archive()).inputs("aws:kms/key:Key");
        assert.ok(String(policy).includes('"kms:ViaService":"s3.us-east-1.amazonaws.com"'));
        assert.ok(String(policy).includes('"arn:aws:s3:::chattingo-logs/*"'));
    });

    it("keeps the bucket, what protects it, and its key when the stack is destroyed", async () => {
        const found = await archive({ objectLock: true });
        const resources = found.resources.filter(({ custom }) => custom);
        assert.equal(resources.length, 10);
        assert.deepEqual(
            resources.filter(({ retainOnDelete }) => !retainOnDelete).map(({ type }) => type),
            [],
        );
        assert.equal(found.inputs("aws:s3/bucket:Bucket").forceDestroy, false);
    });

    it("takes everything away where the stack says so", async () => {
        const found = await archive({ keepOnDestroy: false });
        assert.ok(found.resources.every(({ retainOnDelete }) => !retainOnDelete));
        assert.equal(found.inputs("aws:s3/bucket:Bucket").forceDestroy, true);
    });

    it("locks objects for the retention in compliance mode where asked, and not otherwise", async () => {
        const type = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
        const locked = await archive({ objectLock: true, retentionDays: 2555 });
        assert.equal(locked.inputs("aws:s3/bucket:Bucket").objectLockEnabled, true);
        assert.deepEqual(locked.inputs(type).rule, { defaultRetention: { mode: "COMPLIANCE", days: 2555 } });
        const unlocked = await archive();
        assert.equal(unlocked.inputs("aws:s3/bucket:Bucket").objectLockEnabled, false);
        assert.ok(!unlocked.types().includes(type));
    });

    it("never takes a bucket for another one because its lock was turned on later", async () => {
        const found = await archive();
        assert.deepEqual(found.one("aws:s3/bucket:Bucket").ignoreChanges, ["objectLockEnabled"]);
    });

    it("changes nothing but the lifecycle when the retention changes", async () => {
        const before = await archive({ retentionDays: 365 });
        const after = await archive({ retentionDays: 730 });
        const changed = after.resources.filter(
            ({ type, inputs }) => JSON.stringify(inputs) !== JSON.stringify(before.inputs(type)),
        );
        assert.deepEqual(
            changed.map(({ type }) => type),
            ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"],
        );
    });

    it("gives names and ARNs to what comes after it", async () => {
        let component: LogArchive | undefined;
        await declared(() => {
            component = new LogArchive("log-archive", args);
        });
        assert.equal(await resolved(component?.bucketName), "chattingo-logs");
        assert.equal(await resolved(component?.bucketArn), "arn:aws:s3:::chattingo-logs");
        assert.equal(await resolved(component?.keyArn), keyArn);
    });
});
