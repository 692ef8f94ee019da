// Who may do what with the archive, asked of the policy documents as AWS evaluates them.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
    bucketPolicy,
    keyPolicy,
    type PolicyDocument,
    type PolicyStatement,
    restorePolicy,
    serviceAccountTrustPolicy,
    uploaderPolicy,
} from "../../../components/iam-policies.ts";

const bucketArn = "arn:aws:s3:::chattingo-logs";
const keyArn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/** What a request brings along, by condition key. */
type Context = Readonly<Record<string, string>>;

function listOf(value: string | readonly string[] | undefined): readonly string[] {
    return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

/** Whether a pattern of a policy matches: `*` stands for anything, `?` for one character. */
function matches(pattern: string, text: string): boolean {
    const expression = pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".");
    return new RegExp(`^${expression}$`, "s").test(text);
}

/**
 * Whether a condition holds, by the rules of
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
function holds(operator: string, key: string, wanted: readonly string[], context: Context): boolean {
    const actual = context[key];
    switch (operator) {
        case "Bool":
        case "StringEquals":
            return actual !== undefined && wanted.includes(actual);
        case "Null":
            return wanted.includes(String(actual === undefined));
        case "StringNotEquals":
            return actual === undefined || !wanted.includes(actual);
        case "StringLike":
            return actual !== undefined && wanted.some((pattern) => matches(pattern, actual));
        default:
            throw new Error(`this test does not know the condition operator ${operator}`);
    }
}

function concerns(statement: PolicyStatement, action: string, resource: string, context: Context): boolean {
    return (
        listOf(statement.Action).some((pattern) => matches(pattern, action)) &&
        listOf(statement.Resource).some((pattern) => matches(pattern, resource)) &&
        Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
            Object.entries(keys).every(([key, wanted]) => holds(operator, key, listOf(wanted), context)),
        )
    );
}

function effect(document: PolicyDocument, action: string, resource: string, context: Context = {}): string {
    const effects = document.Statement.filter((statement) => concerns(statement, action, resource, context)).map(
        (statement) => statement.Effect,
    );
    return effects.includes("Deny") ? "Deny" : effects.includes("Allow") ? "Allow" : "neither";
}

const digit = fc.integer({ min: 0, max: 9 }).map(String);
const digits = (count: number) => fc.array(digit, { minLength: count, maxLength: count }).map((all) => all.join(""));
const day = fc.tuple(digits(4), digits(2), digits(2)).map((parts) => parts.join("/"));
const archiveName = fc
    .tuple(fc.constantFrom("app_application", "chat_chat", "error_error-2"), digits(8), digits(6))
    .map(([file, date, time]) => `${file}_${date}_${time}.log.gz`);
const node = fc.option(fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/), { nil: undefined });
const archiveKey = fc
    .tuple(day, node, archiveName)
    .map(([date, host, name]) => `${date}/archive/${host ? `${host}/` : ""}${name}`);
const manifestKey = day.map((date) => `${date}/metadata/upload_manifest.json`);

describe("the uploader's policy", () => {
    const policy = uploaderPolicy(bucketArn, keyArn);

    it("lets it put and read every archive and every manifest", () => {
        fc.assert(
            fc.property(
                fc.oneof(archiveKey, manifestKey),
                fc.constantFrom("s3:PutObject", "s3:GetObject"),
                (key, action) => effect(policy, action, `${bucketArn}/${key}`) === "Allow",
            ),
        );
    });

    it("lets it put nothing anywhere else in the bucket", () => {
        fc.assert(
            fc.property(fc.string({ minLength: 1 }), (key) => {
                fc.pre(!/^.{4}\/.{2}\/.{2}\/(archive\/|metadata\/upload_manifest\.json$)/su.test(key));
                return effect(policy, "s3:PutObject", `${bucketArn}/${key}`) === "neither";
            }),
        );
        assert.equal(effect(policy, "s3:PutObject", `${bucketArn}/2025/09/10/metadata/other.json`), "neither");
        assert.equal(effect(policy, "s3:PutObject", `${bucketArn}-other/2025/09/10/archive/a.log.gz`), "neither");
    });

    it("lets it look for uploads that were not finished, and take them up again", () => {
        assert.equal(effect(policy, "s3:ListBucketMultipartUploads", bucketArn), "Allow");
        fc.assert(
            fc.property(
                archiveKey,
                (key) => effect(policy, "s3:ListMultipartUploadParts", `${bucketArn}/${key}`) === "Allow",
            ),
        );
        assert.equal(effect(policy, "s3:ListMultipartUploadParts", `${bucketArn}/elsewhere`), "neither");
    });

    it("lets it list the bucket, and use the key for nothing but encrypting and decrypting data", () => {
        assert.equal(effect(policy, "s3:ListBucket", bucketArn), "Allow");
        assert.equal(effect(policy, "kms:GenerateDataKey", keyArn), "Allow");
        assert.equal(effect(policy, "kms:Decrypt", keyArn), "Allow");
        assert.equal(effect(policy, "kms:Decrypt", keyArn.replace("1234abcd", "ffffffff")), "neither");
    });

    it("lets it delete nothing, and change nothing about the bucket or the key", () => {
        for (const action of [
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:AbortMultipartUpload",
            "s3:PutObjectRetention",
            "s3:BypassGovernanceRetention",
            "s3:PutBucketPolicy",
            "s3:PutLifecycleConfiguration",
            "kms:ScheduleKeyDeletion",
            "kms:CreateGrant",
        ]) {
            for (const resource of [bucketArn, `${bucketArn}/2025/09/10/archive/app_application.log.gz`, keyArn]) {
                assert.equal(effect(policy, action, resource), "neither", `${action} on ${resource}`);
            }
        }
    });
});

describe("the policy of a restore", () => {
    const policy = restorePolicy(bucketArn, keyArn);

    it("lets it list the bucket, read every archive and every manifest, and have archives retrieved", () => {
        assert.equal(effect(policy, "s3:ListBucket", bucketArn), "Allow");
        assert.equal(effect(policy, "kms:Decrypt", keyArn), "Allow");
        fc.assert(
            fc.property(
                fc.oneof(archiveKey, manifestKey),
                (key) => effect(policy, "s3:GetObject", `${bucketArn}/${key}`) === "Allow",
            ),
        );
        fc.assert(
            fc.property(archiveKey, (key) => effect(policy, "s3:RestoreObject", `${bucketArn}/${key}`) === "Allow"),
        );
    });

    it("lets it read nothing elsewhere", () => {
        assert.equal(effect(policy, "s3:GetObject", `${bucketArn}/elsewhere`), "neither");
        assert.equal(effect(policy, "s3:GetObject", `${bucketArn}-other/2025/09/10/archive/a.log.gz`), "neither");
        assert.equal(effect(policy, "s3:ListBucket", `${bucketArn}-other`), "neither");
        assert.equal(effect(policy, "kms:Decrypt", keyArn.replace("1234abcd", "ffffffff")), "neither");
    });

    it("lets it write, change and delete nothing", () => {
        fc.assert(
            fc.property(
                fc.oneof(archiveKey, manifestKey),
                fc.constantFrom("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention"),
                (key, action) => effect(policy, action, `${bucketArn}/${key}`) === "neither",
            ),
        );
        for (const action of ["s3:PutBucketPolicy", "s3:PutLifecycleConfiguration", "kms:GenerateDataKey"]) {
            assert.equal(effect(policy, action, bucketArn), "neither", action);
            assert.equal(effect(policy, action, keyArn), "neither", action);
        }
    });
});

describe("the bucket's policy", () => {
    const policy = bucketPolicy(bucketArn, keyArn);
    const object = `${bucketArn}/2025/09/10/archive/app_application_20250910_120000.log.gz`;
    const overTls = { "aws:SecureTransport": "true" };
    const encrypted = {
        ...overTls,
        "s3:x-amz-server-side-encryption": "aws:kms",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": keyArn,
    };

    it("does not stand in the way of a put over TLS with the archive's key", () => {
        assert.equal(effect(policy, "s3:PutObject", object, encrypted), "neither");
    });

    it("denies every request without TLS, of the bucket and of its objects", () => {
        for (const [action, resource] of [
            ["s3:GetObject", object],
            ["s3:PutObject", object],
            ["s3:ListBucket", bucketArn],
        ] as const) {
            assert.equal(effect(policy, action, resource, { ...encrypted, "aws:SecureTransport": "false" }), "Deny");
        }
    });

    it("does not stand in the way of a put that says nothing of its encryption, as a part of an archive does", () => {
        assert.equal(effect(policy, "s3:PutObject", object, overTls), "neither");
    });

    it("denies a put with the archive's key by another method of KMS", () => {
        const context = { ...encrypted, "s3:x-amz-server-side-encryption": "aws:kms:dsse" };
        assert.equal(effect(policy, "s3:PutObject", object, context), "Deny");
    });

    it("denies a put that names another key and no method", () => {
        const context = { ...overTls, "s3:x-amz-server-side-encryption-aws-kms-key-id": `${keyArn}0` };
        assert.equal(effect(policy, "s3:PutObject", object, context), "Deny");
    });

    it("denies a put with a key that its sender brings along", () => {
        const context = { ...overTls, "s3:x-amz-server-side-encryption-customer-algorithm": "AES256" };
        assert.equal(effect(policy, "s3:PutObject", object, context), "Deny");
    });

    it("denies a put with the keys of S3 itself", () => {
        const context = { ...overTls, "s3:x-amz-server-side-encryption": "AES256" };
        assert.equal(effect(policy, "s3:PutObject", object, context), "Deny");
    });

    it("denies a put that asks for KMS without naming a key, which would take the account's default one", () => {
        const context = { ...overTls, "s3:x-amz-server-side-encryption": "aws:kms" };
        assert.equal(effect(policy, "s3:PutObject", object, context), "Deny");
    });

    it("denies a put with any other key", () => {
        fc.assert(
            fc.property(fc.string(), (key) => {
                fc.pre(key !== keyArn);
                const context = { ...encrypted, "s3:x-amz-server-side-encryption-aws-kms-key-id": key };
                return effect(policy, "s3:PutObject", object, context) === "Deny";
            }),
        );
    });

    it("asks nothing of a read but TLS", () => {
        assert.equal(effect(policy, "s3:GetObject", object, overTls), "neither");
    });
});

describe("the key's policy", () => {
    const place = {
        account: "123456789012",
        partition: "aws",
        dnsSuffix: "amazonaws.com",
        region: "eu-central-1",
        bucketName: "chattingo-logs",
    };
    const policy = keyPolicy(place);
    const throughBucket = {
        "kms:ViaService": "s3.eu-central-1.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": bucketArn,
    };

    it("leaves it to the account's IAM policies, and to no other account's, who administers and uses it", () => {
        for (const statement of policy.Statement) {
            assert.deepEqual(statement.Principal, { AWS: "arn:aws:iam::123456789012:root" });
        }
    });

    it("can always be changed and deleted by the account, which is never locked out", () => {
        assert.equal(effect(policy, "kms:PutKeyPolicy", keyArn), "Allow");
        assert.equal(effect(policy, "kms:ScheduleKeyDeletion", keyArn), "Allow");
    });

    it("encrypts and decrypts for S3 and this bucket, with and without a bucket key", () => {
        for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) {
            assert.equal(effect(policy, action, keyArn, throughBucket), "Allow");
            const ofObject = {
                ...throughBucket,
                "kms:EncryptionContext:aws:s3:arn": `${bucketArn}/2025/09/10/archive/a`,
            };
            assert.equal(effect(policy, action, keyArn, ofObject), "Allow");
        }
    });

    it("encrypts and decrypts for nobody else, not even an administrator", () => {
        const otherBucket = { ...throughBucket, "kms:EncryptionContext:aws:s3:arn": `${bucketArn}-other` };
        const otherService = { ...throughBucket, "kms:ViaService": "ec2.eu-central-1.amazonaws.com" };
        for (const context of [{}, otherBucket, otherService]) {
            assert.equal(effect(policy, "kms:Decrypt", keyArn, context), "neither");
        }
        assert.equal(effect(policy, "kms:CreateGrant", keyArn, throughBucket), "neither");
        assert.equal(effect(policy, "kms:Encrypt", keyArn), "neither");
    });

    it("is written for the partition that the account is in", () => {
        const inChina = JSON.stringify(
            keyPolicy({ ...place, partition: "aws-cn", dnsSuffix: "amazonaws.com.cn", region: "cn-north-1" }),
        );
        assert.ok(inChina.includes("arn:aws-cn:iam::123456789012:root"));
        assert.ok(inChina.includes("arn:aws-cn:s3:::chattingo-logs"));
        assert.ok(inChina.includes("s3.cn-north-1.amazonaws.com.cn"));
        assert.ok(!inChina.includes("arn:aws:"));
    });
});

describe("the role's trust policy", () => {
    const issuer = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
    const policy = serviceAccountTrustPolicy({
        namespace: "chattingo",
        name: "s3-uploader",
        providerArn: `arn:aws:iam::123456789012:oidc-provider/${issuer}`,
        issuerUrl: `https://${issuer}`,
    });
    const [statement] = policy.Statement;
    const ofUploader = {
        [`${issuer}:sub`]: "system:serviceaccount:chattingo:s3-uploader",
        [`${issuer}:aud`]: "sts.amazonaws.com",
    };

    function trusts(context: Context): boolean {
        return Object.entries(statement?.Condition ?? {}).every(([operator, keys]) =>
            Object.entries(keys).every(([key, wanted]) => holds(operator, key, listOf(wanted), context)),
        );
    }

    it("trusts tokens of the cluster's issuer, and nothing but web identities", () => {
        assert.equal(policy.Statement.length, 1);
        assert.deepEqual(statement?.Principal, { Federated: `arn:aws:iam::123456789012:oidc-provider/${issuer}` });
        assert.equal(statement?.Action, "sts:AssumeRoleWithWebIdentity");
    });

    it("trusts the ServiceAccount for which it is written", () => {
        assert.equal(trusts(ofUploader), true);
    });

    it("trusts no other ServiceAccount, no other audience and no token that lacks one of them", () => {
        const others: readonly Context[] = [
            { ...ofUploader, [`${issuer}:sub`]: "system:serviceaccount:chattingo:default" },
            { ...ofUploader, [`${issuer}:sub`]: "system:serviceaccount:other:s3-uploader" },
            { ...ofUploader, [`${issuer}:sub`]: "system:serviceaccount:chattingo:s3-uploader-2" },
            { ...ofUploader, [`${issuer}:aud`]: "kubernetes" },
            { [`${issuer}:sub`]: "system:serviceaccount:chattingo:s3-uploader" },
            { [`${issuer}:aud`]: "sts.amazonaws.com" },
        ];
        for (const context of others) {
            assert.equal(trusts(context), false, JSON.stringify(context));
        }
    });
});
