// The archive in S3, where a log line comes to rest: a bucket that takes only encrypted objects over TLS, the key that
// encrypts them, and how long they stay.

import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity.js";
import { getPartitionOutput } from "@pulumi/aws/getPartition.js";
import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketObjectLockConfiguration } from "@pulumi/aws/s3/bucketObjectLockConfiguration.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";
import { archiveKeyAlias } from "./archive-key-alias.ts";
import { type ArchiveLifecycle, lifecycleRules } from "./archive-lifecycle.ts";
import { bucketPolicy, keyPolicy } from "./iam-policies.ts";

/** What a {@link LogArchive} needs. */
export interface LogArchiveArgs extends ArchiveLifecycle {
    /** Name of the bucket, unique in all of AWS; the key's alias is made from it. */
    readonly bucketName: string;
    /**
     * Lock every object for `retentionDays` in compliance mode: nobody, the account's root user included, can delete or
     * overwrite it before. It can be turned on later, and never off.
     * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
     */
    readonly objectLock: boolean;
    /**
     * Leave the bucket with its objects, what protects it, and its key where they are when the stack is destroyed; see
     * docs/decisions/0004-the-bucket-outlives-the-stack.md. Otherwise the objects are deleted with the bucket.
     */
    readonly keepOnDestroy: boolean;
}

/** Provisions the bucket and its key. */
export class LogArchive extends pulumi.ComponentResource {
    /** Name of the bucket, known when it encrypts what comes, refuses another encryption, and keeps versions. */
    readonly bucketName: pulumi.Output<string>;
    readonly bucketArn: pulumi.Output<string>;
    readonly keyArn: pulumi.Output<string>;

    constructor(name: string, args: LogArchiveArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:LogArchive", name, {}, options);
        // What protects a bucket has to stay as long as the bucket does.
        const kept = { parent: this, retainOnDelete: args.keepOnDestroy };

        // First, so that where the name is taken nothing else is made: a key would stay when the stack is destroyed.
        const bucket = new Bucket(
            name,
            { bucket: args.bucketName, objectLockEnabled: args.objectLock, forceDestroy: !args.keepOnDestroy },
            // AWS calls a bucket with another value here another bucket. The lock of one that exists is turned on by
            // its configuration below.
            { ...kept, ignoreChanges: ["objectLockEnabled"] },
        );

        const place = pulumi.all([
            bucket.bucket,
            getCallerIdentityOutput({}, { parent: this }),
            getPartitionOutput({}, { parent: this }),
            getRegionOutput({}, { parent: this }),
        ]);
        const key = new Key(
            `${name}-key`,
            {
                description: `Encrypts the log archive ${args.bucketName}`,
                enableKeyRotation: true,
                policy: pulumi.jsonStringify(
                    place.apply(([bucketName, { accountId }, { partition, dnsSuffix }, { region }]) =>
                        keyPolicy({ account: accountId, partition, dnsSuffix, region, bucketName }),
                    ),
                ),
            },
            kept,
        );
        // By this name people find the key of a bucket that has outlived its stack.
        new Alias(`${name}-key`, { name: archiveKeyAlias(args.bucketName), targetKeyId: key.keyId }, kept);

        const versioning = new BucketVersioning(
            `${name}-versioning`,
            { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
            kept,
        );
        const encryption = new BucketServerSideEncryptionConfiguration(
            `${name}-encryption`,
            {
                bucket: bucket.bucket,
                rules: [
                    {
                        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
                        // One data key for many objects: S3 asks KMS far less often, and KMS bills each question.
                        bucketKeyEnabled: true,
                    },
                ],
            },
            kept,
        );
        const publicAccessBlock = new BucketPublicAccessBlock(
            `${name}-public-access-block`,
            {
                bucket: bucket.bucket,
                blockPublicAcls: true,
                blockPublicPolicy: true,
                ignorePublicAcls: true,
                restrictPublicBuckets: true,
            },
            kept,
        );
        new BucketOwnershipControls(
            `${name}-ownership`,
            { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
            kept,
        );
        const policy = new BucketPolicy(
            `${name}-policy`,
            {
                // After the public access block: S3 refuses two changes of who may enter a bucket at the same time.
                bucket: publicAccessBlock.bucket,
                policy: pulumi.jsonStringify(
                    pulumi.all([bucket.arn, key.arn]).apply(([bucketArn, keyArn]) => bucketPolicy(bucketArn, keyArn)),
                ),
            },
            kept,
        );
        new BucketLifecycleConfiguration(
            `${name}-lifecycle`,
            // Rules for versions need a bucket with versions.
            { bucket: versioning.bucket, rules: [...lifecycleRules(args)] },
            kept,
        );
        if (args.objectLock) {
            new BucketObjectLockConfiguration(
                `${name}-object-lock`,
                {
                    bucket: versioning.bucket,
                    rule: { defaultRetention: { mode: "COMPLIANCE", days: args.retentionDays } },
                },
                kept,
            );
        }

        this.bucketName = pulumi
            .all([policy.bucket, versioning.bucket, encryption.bucket])
            .apply(([bucketName]) => bucketName);
        this.bucketArn = bucket.arn;
        this.keyArn = key.arn;
        this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn, keyArn: this.keyArn });
    }
}
