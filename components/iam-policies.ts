// Policy documents: who may do what with the archive. Plain functions, so that each statement can be read and tested.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html

import { archiveKeyPattern, manifestKeyPattern } from "../formats/object-key.ts";

/** One statement of a policy document. */
export interface PolicyStatement {
    readonly Sid: string;
    readonly Effect: "Allow" | "Deny";
    readonly Principal?: "*" | Readonly<Record<string, string>>;
    readonly Action: string | readonly string[];
    readonly Resource?: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy document. */
export interface PolicyDocument {
    readonly Version: "2012-10-17";
    readonly Statement: readonly PolicyStatement[];
}

function policy(...statements: readonly PolicyStatement[]): PolicyDocument {
    return { Version: "2012-10-17", Statement: statements };
}

/** Where the archive's key is and what it is for. */
export interface ArchiveKeyUse {
    /** Number of the account. */
    readonly account: string;
    /** `aws`, `aws-cn` or `aws-us-gov`. */
    readonly partition: string;
    /** `amazonaws.com`, or what stands for it in another partition. */
    readonly dnsSuffix: string;
    readonly region: string;
    readonly bucketName: string;
}

/** What the account's administrators may do with the key; encrypting and decrypting is not among it. */
const keyAdministration = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];

/**
 * Policy of the key that encrypts the archive. IAM policies of the account decide who administers and who uses it, but
 * however wide they are, it encrypts and decrypts for S3 alone, and for this bucket alone.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
 */
export function keyPolicy({ account, partition, dnsSuffix, region, bucketName }: ArchiveKeyUse): PolicyDocument {
    const principal = { AWS: `arn:${partition}:iam::${account}:root` };
    const bucketArn = `arn:${partition}:s3:::${bucketName}`;
    return policy(
        {
            Sid: "AdministerByIamPolicies",
            Effect: "Allow",
            Principal: principal,
            Action: keyAdministration,
            Resource: "*",
        },
        {
            Sid: "UseThroughTheBucketByIamPolicies",
            Effect: "Allow",
            Principal: principal,
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: "*",
            Condition: {
                StringEquals: { "kms:ViaService": `s3.${region}.${dnsSuffix}` },
                // With a bucket key the context is the bucket, without one the object.
                StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucketArn, `${bucketArn}/*`] },
            },
        },
    );
}

/** Condition keys of the headers in which a put asks for an encryption. */
const encryptionHeader = "s3:x-amz-server-side-encryption";
const keyHeader = "s3:x-amz-server-side-encryption-aws-kms-key-id";

/**
 * Policy of the bucket: TLS only, and no put that asks for another encryption than the archive's own key. A put that
 * says nothing of it is encrypted by the bucket's default, which is that key; the parts of a multipart upload carry no
 * such header at all, and S3 asks for the same permission for them
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions).
 * `StringNotEquals` holds for a key that is not in the request, with `IfExists` too, so `Null` asks whether it is there:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function bucketPolicy(bucketArn: string, keyArn: string): PolicyDocument {
    const objects = `${bucketArn}/*`;
    return policy(
        {
            Sid: "DenyRequestsWithoutTls",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [bucketArn, objects],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
            Sid: "DenyPutsWithAnotherEncryption",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:PutObject",
            Resource: objects,
            Condition: { Null: { [encryptionHeader]: "false" }, StringNotEquals: { [encryptionHeader]: "aws:kms" } },
        },
        {
            // Also one that asks for KMS and names no key: S3 would take AWS's own key for S3.
            // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (x-amz-server-side-encryption-aws-kms-key-id)
            Sid: "DenyPutsByKmsWithoutTheArchiveKey",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:PutObject",
            Resource: objects,
            Condition: { Null: { [encryptionHeader]: "false" }, StringNotEquals: { [keyHeader]: keyArn } },
        },
        {
            Sid: "DenyPutsWithAnotherKey",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:PutObject",
            Resource: objects,
            Condition: { Null: { [keyHeader]: "false" }, StringNotEquals: { [keyHeader]: keyArn } },
        },
        {
            // Nobody but its sender could read it again.
            // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
            Sid: "DenyPutsWithTheSendersOwnKey",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:PutObject",
            Resource: objects,
            Condition: { Null: { "s3:x-amz-server-side-encryption-customer-algorithm": "false" } },
        },
    );
}

/**
 * What the uploader may do, and no more: put and read objects under the archive's keys, list the bucket and what is being
 * uploaded to it, use the key. It cannot even abort an upload: what nobody takes up again, the bucket's lifecycle does.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
export function uploaderPolicy(bucketArn: string, keyArn: string): PolicyDocument {
    return policy(
        {
            Sid: "PutAndReadArchives",
            Effect: "Allow",
            Action: ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts"],
            Resource: [`${bucketArn}/${archiveKeyPattern}`, `${bucketArn}/${manifestKeyPattern}`],
        },
        {
            // Without it S3 answers 403 instead of 404 for an object that is not there.
            Sid: "ListBucket",
            Effect: "Allow",
            Action: ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
            Resource: bucketArn,
        },
        {
            Sid: "UseTheArchiveKey",
            Effect: "Allow",
            Action: ["kms:GenerateDataKey", "kms:Decrypt"],
            Resource: keyArn,
        },
    );
}

/**
 * What bringing lines back needs, and no more: read archives and manifests, have archives retrieved from GLACIER or
 * DEEP_ARCHIVE, list the bucket, decrypt. It can put, change and delete nothing.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-permissions.html
 */
export function restorePolicy(bucketArn: string, keyArn: string): PolicyDocument {
    return policy(
        {
            Sid: "ReadArchives",
            Effect: "Allow",
            Action: "s3:GetObject",
            Resource: [`${bucketArn}/${archiveKeyPattern}`, `${bucketArn}/${manifestKeyPattern}`],
        },
        {
            Sid: "RetrieveArchives",
            Effect: "Allow",
            Action: "s3:RestoreObject",
            Resource: `${bucketArn}/${archiveKeyPattern}`,
        },
        { Sid: "ListBucket", Effect: "Allow", Action: "s3:ListBucket", Resource: bucketArn },
        { Sid: "DecryptWithTheArchiveKey", Effect: "Allow", Action: "kms:Decrypt", Resource: keyArn },
    );
}

/** The one ServiceAccount that may assume a role. */
export interface TrustedServiceAccount {
    readonly namespace: string;
    readonly name: string;
    /** ARN of the IAM OpenID Connect provider of the cluster. */
    readonly providerArn: string;
    /** URL of the cluster's token issuer. */
    readonly issuerUrl: string;
}

/** Audience of the tokens that EKS projects for IAM roles. */
const stsAudience = "sts.amazonaws.com";

/**
 * Trust policy of a role: exactly one ServiceAccount of exactly one cluster, and only tokens that were made for STS.
 * https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 */
export function serviceAccountTrustPolicy(account: TrustedServiceAccount): PolicyDocument {
    const issuer = account.issuerUrl.replace(/^https:\/\//, "");
    return policy({
        Sid: "OneServiceAccountOfOneCluster",
        Effect: "Allow",
        Principal: { Federated: account.providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
            StringEquals: {
                [`${issuer}:aud`]: stsAudience,
                [`${issuer}:sub`]: `system:serviceaccount:${account.namespace}:${account.name}`,
            },
        },
    });
}
