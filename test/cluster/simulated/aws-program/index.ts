// One resource of every type that the lab's AWS provider covers, and every function, for aws-provider.test.ts.

import * as eks from "@pulumi/aws/eks/getCluster.js";
import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity.js";
import { getPartitionOutput } from "@pulumi/aws/getPartition.js";
import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import { AccessKey } from "@pulumi/aws/iam/accessKey.js";
import { getOpenIdConnectProviderOutput } from "@pulumi/aws/iam/getOpenIdConnectProvider.js";
import { Policy } from "@pulumi/aws/iam/policy.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import { User } from "@pulumi/aws/iam/user.js";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy.js";
import { UserPolicyAttachment } from "@pulumi/aws/iam/userPolicyAttachment.js";
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

const config = new pulumi.Config();
const bucketName = config.get("bucketName") ?? "aws-program-archive";
const days = config.getNumber("days") ?? 365;
const owner = config.get("owner") ?? "logging";
const tags = { owner };

const identity = getCallerIdentityOutput();
const partition = getPartitionOutput();
const cluster = eks.getClusterOutput({ name: "chattingo-prod" });
const issuer = cluster.identities.apply(([identity]) => identity?.oidcs[0]?.issuer ?? "");
const oidc = getOpenIdConnectProviderOutput({ url: issuer });

const key = new Key("archive", {
    description: "Objects of the archive",
    enableKeyRotation: true,
    deletionWindowInDays: 7,
    policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { AWS: pulumi.interpolate`arn:${partition.partition}:iam::${identity.accountId}:root` },
                Action: "kms:*",
                Resource: "*",
            },
        ],
    }),
    tags,
});
new Alias("archive", { name: "alias/aws-program", targetKeyId: key.keyId });

const bucket = new Bucket("archive", {
    bucket: bucketName,
    objectLockEnabled: true,
    forceDestroy: config.getBoolean("forceDestroy") ?? false,
    tags,
});
const versioning = new BucketVersioning("archive", {
    bucket: bucket.id,
    versioningConfiguration: { status: "Enabled" },
});
new BucketServerSideEncryptionConfiguration("archive", {
    bucket: bucket.id,
    rules: [
        {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
            bucketKeyEnabled: true,
        },
    ],
});
new BucketPublicAccessBlock("archive", {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
});
new BucketOwnershipControls("archive", { bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } });
new BucketLifecycleConfiguration(
    "archive",
    {
        bucket: bucket.id,
        rules: [
            {
                id: "archive",
                status: "Enabled",
                filter: { prefix: "" },
                expiration: { days },
                noncurrentVersionExpiration: { noncurrentDays: 30 },
            },
            {
                id: "colder",
                status: "Enabled",
                filter: { objectSizeGreaterThan: 131_071 },
                transitions: [{ days: 90, storageClass: "GLACIER" }],
            },
            {
                id: "markers",
                status: "Enabled",
                filter: { prefix: "" },
                expiration: { expiredObjectDeleteMarker: true },
            },
            {
                id: "unfinished-uploads",
                status: "Enabled",
                filter: {},
                abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            },
        ],
    },
    { dependsOn: versioning },
);
new BucketObjectLockConfiguration(
    "archive",
    { bucket: bucket.id, rule: { defaultRetention: { mode: "GOVERNANCE", days: 1 } } },
    { dependsOn: versioning },
);
new BucketPolicy("archive", {
    bucket: bucket.id,
    policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Sid: "OnlyWithTls",
                Effect: "Deny",
                Principal: "*",
                Action: "s3:*",
                Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ],
    }),
});

const putObjects = pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:PutObject"], Resource: pulumi.interpolate`${bucket.arn}/*` }],
});
const issuerHost = issuer.apply((url) => url.replace("https://", ""));
const role = new Role("uploader", {
    name: "aws-program-uploader",
    assumeRolePolicy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Federated: oidc.arn },
                Action: "sts:AssumeRoleWithWebIdentity",
                Condition: {
                    StringEquals: issuerHost.apply((host) => ({
                        [`${host}:sub`]: "system:serviceaccount:chattingo:s3-uploader",
                        [`${host}:aud`]: "sts.amazonaws.com",
                    })),
                },
            },
        ],
    }),
    tags,
});
new RolePolicy("uploader", { name: "put", role: role.id, policy: putObjects });
const user = new User("uploader", { tags });
new UserPolicy("uploader", { name: "put", user: user.name, policy: putObjects });
const accessKey = new AccessKey("uploader", { user: user.name });
const listBuckets = new Policy("list", {
    policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
    }),
});
new RolePolicyAttachment("list", { role: role.name, policyArn: listBuckets.arn });
new UserPolicyAttachment("list", { user: user.name, policyArn: listBuckets.arn });

export const knownBucketName = bucket.bucket;
export const bucketTags = bucket.tagsAll;
export const bucketArn = bucket.arn;
export const keyArn = key.arn;
export const roleArn = role.arn;
export const region = getRegionOutput().region;
export const accountId = identity.accountId;
export const oidcProviderArn = oidc.arn;
export const secretAccessKey = accessKey.secret;
