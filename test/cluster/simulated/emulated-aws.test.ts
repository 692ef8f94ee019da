// What the lab's emulated AWS refuses, as AWS does: the archive's protections are worth testing only against that.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import {
    CreateAccessKeyCommand,
    CreateRoleCommand,
    CreateUserCommand,
    IAMClient,
    PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
    CreateBucketCommand,
    DeleteObjectCommand,
    GetBucketLifecycleConfigurationCommand,
    HeadBucketCommand,
    ListObjectsV2Command,
    PutBucketLifecycleConfigurationCommand,
    PutBucketPolicyCommand,
    PutBucketVersioningCommand,
    PutObjectCommand,
    PutObjectLockConfigurationCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Upload } from "@aws-sdk/lib-storage";
import {
    type AwsCredentials,
    type EmulatedAws,
    eksClusters,
    emulatedAwsRegion,
    startEmulatedAws,
} from "../../../lab/aws/emulated-aws.ts";

const Bucket = "emulated-aws-archive";
const key = "arn:aws:kms:us-east-1:123456789012:key/the-archive";
const encrypted = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: key } as const;
const document = (...Statement: readonly unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });

describe("the lab's emulated AWS", function () {
    this.timeout(120_000);

    let folder: string;
    let aws: EmulatedAws;
    let s3: S3Client;

    const client = (credentials: AwsCredentials = aws.operatorCredentials) => ({
        endpoint: aws.endpoint,
        region: emulatedAwsRegion,
        credentials,
    });
    const refused = (call: Promise<unknown>, name: string) =>
        assert.rejects(call, (error: Error) => {
            assert.equal(error.name, name);
            return true;
        });

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "emulated-aws-"));
        aws = await startEmulatedAws({ port: 0, folder });
        s3 = new S3Client(client());
        await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
        const objects = `arn:aws:s3:::${Bucket}/*`;
        const deny = (Action: string, Condition: unknown) => ({
            Effect: "Deny",
            Principal: "*",
            Action,
            Resource: objects,
            Condition,
        });
        await s3.send(
            new PutBucketPolicyCommand({
                Bucket,
                Policy: document(
                    deny("s3:*", { Bool: { "aws:SecureTransport": "false" } }),
                    deny("s3:PutObject", { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } }),
                    deny("s3:PutObject", {
                        StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": key },
                    }),
                ),
            }),
        );
    });

    after(async () => {
        await aws?.stop();
        await rm(folder, { recursive: true, force: true });
    });

    it("takes puts with the right encryption only, whole and in parts", async () => {
        const put = { Bucket, Key: "encryption", Body: "a" };
        await refused(s3.send(new PutObjectCommand(put)), "AccessDenied");
        await refused(s3.send(new PutObjectCommand({ ...put, ...encrypted, SSEKMSKeyId: "another" })), "AccessDenied");
        await s3.send(new PutObjectCommand({ ...put, ...encrypted }));
        const large = { Bucket, Key: "large", Body: Buffer.alloc(6 * 1024 * 1024) };
        await refused(new Upload({ client: s3, params: large }).done(), "AccessDenied");
        await new Upload({ client: s3, params: { ...large, ...encrypted } }).done();
    });

    it("refuses an object whose checksum is another's", async () => {
        const put = { Bucket, Key: "checksum", Body: "a", ...encrypted };
        const another = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        await refused(s3.send(new PutObjectCommand({ ...put, ChecksumSHA256: another })), "BadDigest");
        await s3.send(new PutObjectCommand({ ...put, Body: "abc", ChecksumSHA256: another }));
    });

    it("never puts over an existing object when asked not to", async () => {
        const put = { Bucket, Key: "once", Body: "a", IfNoneMatch: "*", ...encrypted };
        await s3.send(new PutObjectCommand(put));
        await refused(s3.send(new PutObjectCommand(put)), "PreconditionFailed");
    });

    it("locks objects, changes their default retention later, and never suspends versioning then", async () => {
        const lock = (Days: number) =>
            new PutObjectLockConfigurationCommand({
                Bucket,
                ObjectLockConfiguration: {
                    ObjectLockEnabled: "Enabled",
                    Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days } },
                },
            });
        await s3.send(lock(1));
        const put = new PutObjectCommand({ Bucket, Key: "locked", Body: "a", ...encrypted });
        const { VersionId } = await s3.send(put);
        const remove = { Bucket, Key: "locked", VersionId, BypassGovernanceRetention: true };
        await refused(s3.send(new DeleteObjectCommand(remove)), "AccessDenied");
        await s3.send(lock(2));
        const VersioningConfiguration = { Status: "Suspended" } as const;
        await refused(
            s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })),
            "InvalidBucketState",
        );
    });

    it("gives lifecycle rules back with their filters", async () => {
        const Rules = [
            { ID: "a", Status: "Enabled", Filter: { ObjectSizeGreaterThan: 1000 }, Expiration: { Days: 30 } },
        ] as const;
        await s3.send(
            new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [...Rules] } }),
        );
        const found = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
        assert.deepEqual(found.Rules, Rules);
    });

    it("lets a user do what the user's policy says and no more", async () => {
        const iam = new IAMClient(client());
        const UserName = "limited";
        await iam.send(new CreateUserCommand({ UserName }));
        const PolicyDocument = document(
            { Effect: "Allow", Action: ["s3:PutObject"], Resource: `arn:aws:s3:::${Bucket}/2026/*` },
            { Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${Bucket}` },
        );
        await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "put", PolicyDocument }));
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
        const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
        const limited = new S3Client(client({ accessKeyId, secretAccessKey }));
        const put = { Bucket, Key: "2026/a", Body: "a", ...encrypted };
        await limited.send(new PutObjectCommand(put));
        await limited.send(new HeadBucketCommand({ Bucket }));
        await limited.send(new ListObjectsV2Command({ Bucket }));
        await refused(limited.send(new PutObjectCommand({ ...put, Key: "elsewhere" })), "AccessDenied");
        await refused(limited.send(new DeleteObjectCommand({ Bucket, Key: "2026/a" })), "AccessDenied");
        const forged = new S3Client(client({ accessKeyId, secretAccessKey: "forged" }));
        await refused(forged.send(new PutObjectCommand(put)), "SignatureDoesNotMatch");
    });

    it("gives each EKS cluster an issuer of its own, and a role only to the ServiceAccount it trusts", async () => {
        const eks = new EKSClient(client());
        const issuers = await Promise.all(
            eksClusters.map(async (name) => {
                const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
                return cluster?.identity?.oidc?.issuer ?? "";
            }),
        );
        assert.equal(new Set(issuers).size, eksClusters.length);
        const [issuer = ""] = issuers;
        const host = issuer.replace("https://", "");
        const trusted = "system:serviceaccount:chattingo:s3-uploader";
        const { Role } = await new IAMClient(client()).send(
            new CreateRoleCommand({
                RoleName: "uploader",
                AssumeRolePolicyDocument: document({
                    Effect: "Allow",
                    Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` },
                    Action: "sts:AssumeRoleWithWebIdentity",
                    Condition: { StringEquals: { [`${host}:sub`]: trusted, [`${host}:aud`]: "sts.amazonaws.com" } },
                }),
            }),
        );
        const assume = (claims: Readonly<Record<string, unknown>>) => {
            const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
            return new STSClient(client()).send(
                new AssumeRoleWithWebIdentityCommand({
                    RoleArn: Role?.Arn,
                    RoleSessionName: "test",
                    WebIdentityToken: `e30.${payload}.signature`,
                }),
            );
        };
        const claims = { iss: issuer, sub: trusted, aud: ["sts.amazonaws.com"] };
        assert.ok((await assume(claims)).Credentials?.SessionToken);
        await refused(assume({ ...claims, sub: "system:serviceaccount:chattingo:default" }), "AccessDenied");
        await refused(assume({ ...claims, aud: ["https://kubernetes.default.svc"] }), "AccessDenied");
        await refused(assume({ ...claims, iss: issuers[1] }), "AccessDenied");
    });
});
