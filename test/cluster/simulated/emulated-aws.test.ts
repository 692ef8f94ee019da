// What the lab's emulated AWS refuses, as AWS does: the archive's protections are worth testing only against that.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
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
    CreateMultipartUploadCommand,
    DeleteObjectCommand,
    GetBucketLifecycleConfigurationCommand,
    GetObjectCommand,
    HeadBucketCommand,
    HeadObjectCommand,
    ListObjectsV2Command,
    PutBucketAclCommand,
    PutBucketLifecycleConfigurationCommand,
    PutBucketOwnershipControlsCommand,
    PutBucketPolicyCommand,
    PutBucketVersioningCommand,
    PutObjectCommand,
    PutObjectLockConfigurationCommand,
    PutPublicAccessBlockCommand,
    S3Client,
    UploadPartCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Upload } from "@aws-sdk/lib-storage";
import { bucketPolicy } from "../../../components/iam-policies.ts";
import {
    type AwsCredentials,
    type EmulatedAws,
    eksClusters,
    eksIssuer,
    emulatedAwsRegion,
    startEmulatedAws,
} from "../../../lab/aws/emulated-aws.ts";
import { certificateAuthority, createAuthority, issueCertificate } from "../../../lab/control-plane/certificates.ts";
import { TokenIssuer } from "../../token-issuer.ts";

const Bucket = "emulated-aws-archive";
const bucketArn = `arn:aws:s3:::${Bucket}`;
const key = "arn:aws:kms:us-east-1:123456789012:key/the-archive";
const encrypted = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: key } as const;
const document = (...Statement: readonly unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });

describe("the lab's emulated AWS", function () {
    this.timeout(120_000);

    let folder: string;
    let aws: EmulatedAws;
    let s3: S3Client;
    let issuer: TokenIssuer;
    let authorityCertificate: Buffer;

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
        const authority = certificateAuthority(join(folder, "certificates"));
        await createAuthority(authority);
        authorityCertificate = await readFile(authority.certificateFile);
        const certificate = await issueCertificate(authority, { name: "aws", commonName: "aws", hosts: ["127.0.0.1"] });
        issuer = await TokenIssuer.make(folder, eksIssuer(eksClusters[0]));
        aws = await startEmulatedAws({
            port: 0,
            folder,
            transports: { https: 0, http: 0, certificate },
            issuerKeyFiles: { [issuer.url]: issuer.publicKeyFile },
        });
        s3 = new S3Client(client());
        await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
        const Policy = JSON.stringify(bucketPolicy(bucketArn, key));
        await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    });

    after(async () => {
        await aws?.stop();
        await rm(folder, { recursive: true, force: true });
    });

    it("answers on a connection that stays open, as S3 does", async () => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const isReused = async () => {
            const request = http.get(aws.endpoint, { agent });
            const [response] = (await once(request, "response")) as [http.IncomingMessage];
            await once(response.resume(), "end");
            return request.reusedSocket;
        };
        assert.deepEqual([await isReused(), await isReused()], [false, true]);
        agent.destroy();
    });

    it("stores nothing of a body that breaks off, whatever its sender says of its checksum", async () => {
        const Key = "broken-off";
        const killed = new AbortController();
        const body = async function* () {
            yield Buffer.alloc(60_000);
            await setTimeout(100);
            killed.abort();
        };
        const sender = new S3Client({ ...client(), requestChecksumCalculation: "WHEN_REQUIRED" });
        const Body = Readable.from(body(), { objectMode: false });
        const put = new PutObjectCommand({ Bucket, Key, ...encrypted, ContentLength: 100_000, Body });
        await refused(sender.send(put, { abortSignal: killed.signal }), "AbortError");
        await setTimeout(200);
        await refused(s3.send(new HeadObjectCommand({ Bucket, Key })), "NotFound");
        sender.destroy();
    });

    it("ends, and says where to look, when one of its addresses is taken", async () => {
        const port = Number(new URL(aws.endpoint).port);
        const second = startEmulatedAws({ port, listen: ["127.0.0.2", "127.0.0.1"], folder: join(folder, "second") });
        await assert.rejects(second, /did not start on 127\.0\.0\.2,127\.0\.0\.1 port \d+; see .*emulated-aws\.log/);
        assert.match(await readFile(join(folder, "second", "emulated-aws.log"), "utf8"), /Address already in use/);
    });

    it("takes puts that ask for the right encryption or for none, whole and in parts", async () => {
        const put = { Bucket, Key: "encryption", Body: "a" };
        await refused(s3.send(new PutObjectCommand({ ...put, ...encrypted, SSEKMSKeyId: "another" })), "AccessDenied");
        await s3.send(new PutObjectCommand({ ...put, ...encrypted }));
        await s3.send(new PutObjectCommand(put));
        const large = { Bucket, Key: "large", Body: Buffer.alloc(6 * 1024 * 1024) };
        const wrong = { ...large, ServerSideEncryption: "AES256" } as const;
        await refused(new Upload({ client: s3, params: wrong }).done(), "AccessDenied");
        await new Upload({ client: s3, params: { ...large, ...encrypted } }).done();
    });

    it("judges a part by its own headers, not by those that its upload began with", async () => {
        const Bucket = "demands-headers";
        await s3.send(new CreateBucketCommand({ Bucket }));
        const Statement = [
            {
                Effect: "Deny",
                Principal: "*",
                Action: "s3:PutObject",
                Resource: `arn:aws:s3:::${Bucket}/*`,
                Condition: { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } },
            },
        ];
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
        await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
        const begun = { Bucket, Key: "large", ...encrypted };
        const { UploadId } = await s3.send(new CreateMultipartUploadCommand(begun));
        const part = { Bucket, Key: "large", UploadId, PartNumber: 1, Body: "a" };
        await refused(s3.send(new UploadPartCommand(part)), "AccessDenied");
    });

    it("sees whether a request comes over TLS, of objects and of the bucket", async () => {
        const { https = "", http = "" } = aws.transports ?? {};
        const requestHandler = { httpsAgent: new Agent({ ca: authorityCertificate }) };
        const overTls = new S3Client({ ...client(), endpoint: https, requestHandler });
        const withoutTls = new S3Client({ ...client(), endpoint: http });
        const put = { Bucket, Key: "transport", Body: "a", ...encrypted };
        await overTls.send(new PutObjectCommand(put));
        await overTls.send(new GetObjectCommand({ Bucket, Key: "transport" }));
        await overTls.send(new ListObjectsV2Command({ Bucket }));
        await refused(withoutTls.send(new PutObjectCommand(put)), "AccessDenied");
        await refused(withoutTls.send(new GetObjectCommand({ Bucket, Key: "transport" })), "AccessDenied");
        await refused(withoutTls.send(new ListObjectsV2Command({ Bucket })), "AccessDenied");
        const stranger = new S3Client({ ...client(), endpoint: https, maxAttempts: 1 });
        await assert.rejects(stranger.send(new HeadBucketCommand({ Bucket })), /certificate/);
    });

    it("takes no ACL where they are disabled, and no public one nor a public policy where these are blocked", async () => {
        const open = document({
            Effect: "Allow",
            Principal: "*",
            Action: "s3:GetObject",
            Resource: `${bucketArn}-2/*`,
        });
        const opening = (name: string) => [
            new PutObjectCommand({ Bucket: name, Key: "a", Body: "a", ACL: "public-read" }),
            new PutBucketAclCommand({ Bucket: name, ACL: "public-read" }),
        ];
        const other = `${Bucket}-2`;
        await s3.send(new CreateBucketCommand({ Bucket: other, ObjectOwnership: "BucketOwnerPreferred" }));
        for (const command of opening(other)) {
            await s3.send(command as PutObjectCommand);
        }
        await s3.send(new PutBucketPolicyCommand({ Bucket: other, Policy: open }));
        const PublicAccessBlockConfiguration = { BlockPublicAcls: true, BlockPublicPolicy: true };
        await s3.send(new PutPublicAccessBlockCommand({ Bucket: other, PublicAccessBlockConfiguration }));
        for (const command of opening(other)) {
            await refused(s3.send(command as PutObjectCommand), "AccessDenied");
        }
        await refused(s3.send(new PutBucketPolicyCommand({ Bucket: other, Policy: open })), "AccessDenied");
        const OwnershipControls = { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" as const }] };
        await s3.send(new PutBucketOwnershipControlsCommand({ Bucket: other, OwnershipControls }));
        for (const command of opening(other)) {
            await refused(s3.send(command as PutObjectCommand), "AccessControlListNotSupported");
        }
        assert.equal((await fetch(`${aws.endpoint}/${other}/a`)).status, 403);
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
        assert.equal(issuers[0], issuer.url);
        const host = issuer.url.replace("https://", "");
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
        const assume = (WebIdentityToken: string) =>
            new STSClient(client()).send(
                new AssumeRoleWithWebIdentityCommand({
                    RoleArn: Role?.Arn,
                    RoleSessionName: "test",
                    WebIdentityToken,
                }),
            );
        const token = issuer.token({ sub: trusted });
        assert.ok((await assume(token)).Credentials?.SessionToken);
        const others = [
            { sub: "system:serviceaccount:chattingo:default" },
            { aud: ["https://kubernetes.default.svc"] },
        ];
        for (const other of others) {
            await refused(assume(issuer.token({ sub: trusted, ...other })), "AccessDenied");
        }
        await refused(assume(issuer.token({ sub: trusted, exp: 1 })), "ExpiredTokenException");
        await refused(assume(issuer.token({ sub: trusted, iss: issuers[1] })), "InvalidIdentityTokenException");
        const [header, , signature] = token.split(".");
        const [, payload] = issuer.token({ sub: trusted, iat: 1 }).split(".");
        await refused(assume(`${header}.${payload}.${signature}`), "InvalidIdentityTokenException");
        await refused(assume("no token"), "InvalidIdentityTokenException");
    });
});
