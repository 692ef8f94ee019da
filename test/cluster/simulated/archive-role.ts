// Tests of the role of the uploader's ServiceAccount, on a stack that stands: what the uploader does is allowed, and
// nothing else, to nobody else.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { DescribeKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import {
    AbortMultipartUploadCommand,
    CreateBucketCommand,
    CreateMultipartUploadCommand,
    DeleteBucketCommand,
    DeleteObjectCommand,
    DeleteObjectsCommand,
    GetObjectCommand,
    HeadObjectCommand,
    ListObjectsV2Command,
    ListPartsCommand,
    PutBucketLifecycleConfigurationCommand,
    PutBucketPolicyCommand,
    PutBucketVersioningCommand,
    PutObjectCommand,
    PutObjectRetentionCommand,
    type S3Client,
    UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Manifest } from "../../../formats/manifest.ts";
import { UploaderBed } from "../../workloads/s3-uploader/uploader-process.ts";
import { type DeployedArchive, refused, type TokenRequest } from "./deployed-archive.ts";

const name = "app_application_20250910_120000.log.gz";
const archiveKey = `2025/09/10/archive/${name}`;
const manifestKey = "2025/09/10/metadata/upload_manifest.json";
const otherBucket = "somebody-elses-logs";

/** Registers the tests. */
export function testArchiveRole(archiveOf: () => Promise<DeployedArchive>): void {
    describe("the role of the uploader's ServiceAccount", () => {
        let archive: DeployedArchive;
        let bed: UploaderBed;
        /** As the uploader. */
        let s3: S3Client;
        let operator: S3Client;

        before(async () => {
            archive = await archiveOf();
            bed = await UploaderBed.make();
            operator = archive.s3();
            s3 = archive.s3(await archive.assumeRole(await archive.token()));
            await operator.send(new CreateBucketCommand({ Bucket: otherBucket }));
            await operator.send(new PutObjectCommand({ Bucket: otherBucket, Key: archiveKey, Body: "theirs" }));
        });
        after(() => bed.remove());

        it("lets the deployed configuration be carried out with a token of the pod, over TLS", async () => {
            const bytes = await bed.archive(name, "a line\n");
            const tokenFile = join(bed.root, "token");
            await writeFile(tokenFile, await archive.token());
            const config = await archive.kubectl(
                ...["get", "configmap", "s3-uploader", "-n", "chattingo", "-o", "jsonpath={.data.config\\.yaml}"],
            );
            const run = await bed.once(await bed.configText(config), {
                AWS_ENDPOINT_URL: archive.endpoint,
                NODE_EXTRA_CA_CERTS: archive.authorityFile,
                AWS_ROLE_ARN: archive.roleArn,
                AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
            });
            assert.deepEqual([run.status, run.summary.failures], [0, []], run.stdout);
            assert.deepEqual(await bed.localFiles(), []);
            const stored = await operator.send(new GetObjectCommand({ Bucket: archive.bucketName, Key: archiveKey }));
            assert.deepEqual(Buffer.from((await stored.Body?.transformToByteArray()) ?? []), bytes);
            assert.equal(stored.SSEKMSKeyId, archive.keyArn);
            const manifest = await operator.send(
                new GetObjectCommand({ Bucket: archive.bucketName, Key: manifestKey }),
            );
            const { entries } = JSON.parse((await manifest.Body?.transformToString()) ?? "") as Manifest;
            assert.deepEqual(
                entries.map(({ key, storageClass }) => [key, storageClass]),
                [[archiveKey, stored.StorageClass]],
            );
            // S3 leaves the header out for STANDARD.
            assert.equal(manifest.StorageClass ?? "STANDARD", "STANDARD");
        });

        it("lets it upload an archive in parts and look at what it has uploaded", async () => {
            const part = { ...archive.encryption, Key: `${archiveKey}.large` };
            const { UploadId } = await s3.send(new CreateMultipartUploadCommand(part));
            const { Bucket, Key } = part;
            await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "a" }));
            await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }));
            await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "2025/09/10/" }));
            await s3.send(new HeadObjectCommand({ Bucket, Key: archiveKey }));
            await refused(s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })));
            await operator.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        });

        const here = () => ({ Bucket: archive.bucketName });
        const requests: Readonly<Record<string, (client: S3Client) => Promise<unknown>>> = {
            "read an object of another bucket": (client) =>
                client.send(new GetObjectCommand({ Bucket: otherBucket, Key: archiveKey })),
            "list another bucket": (client) => client.send(new ListObjectsV2Command({ Bucket: otherBucket })),
            "put an archive into another bucket": (client) =>
                client.send(new PutObjectCommand({ Bucket: otherBucket, Key: `${archiveKey}-2`, Body: "a" })),
            "write beside the days": (client) =>
                client.send(new PutObjectCommand({ ...archive.encryption, Key: "elsewhere", Body: "a" })),
            "write into a day beside archives and manifest": (client) =>
                client.send(
                    new PutObjectCommand({ ...archive.encryption, Key: "2025/09/10/metadata/other.json", Body: "a" }),
                ),
            "read beside the days": (client) => client.send(new GetObjectCommand({ ...here(), Key: "elsewhere" })),
            "delete an object": (client) => client.send(new DeleteObjectCommand({ ...here(), Key: archiveKey })),
            "delete several objects at once": async (client) => {
                const Delete = { Objects: [{ Key: archiveKey }] };
                const { Errors = [] } = await client.send(new DeleteObjectsCommand({ ...here(), Delete }));
                // S3 answers 200 and tells of each object whether it was deleted.
                for (const { Code, Message } of Errors) {
                    throw Object.assign(new Error(Message), { name: Code });
                }
            },
        };
        for (const [what, request] of Object.entries(requests)) {
            it(`does not let it ${what}`, async () => {
                await refused(request(s3));
                // The request itself is a good one.
                await request(operator);
            });
        }

        it("does not let it delete a version of an object", async () => {
            const put = { ...archive.encryption, Key: `${archiveKey}-versions`, Body: "a" };
            const { VersionId } = await operator.send(new PutObjectCommand(put));
            assert.ok(VersionId);
            await refused(s3.send(new DeleteObjectCommand({ ...here(), Key: put.Key, VersionId })));
        });

        const changes: Readonly<Record<string, () => Promise<unknown>>> = {
            "the retention of an object": () =>
                s3.send(
                    new PutObjectRetentionCommand({
                        ...here(),
                        Key: archiveKey,
                        Retention: { Mode: "GOVERNANCE", RetainUntilDate: new Date() },
                    }),
                ),
            "the bucket's policy": () => s3.send(new PutBucketPolicyCommand({ ...here(), Policy: "{}" })),
            "the bucket's versioning": () =>
                s3.send(
                    new PutBucketVersioningCommand({ ...here(), VersioningConfiguration: { Status: "Suspended" } }),
                ),
            "the bucket's lifecycle": () =>
                s3.send(
                    new PutBucketLifecycleConfigurationCommand({ ...here(), LifecycleConfiguration: { Rules: [] } }),
                ),
            "whether the bucket exists": () => s3.send(new DeleteBucketCommand(here())),
        };
        for (const [what, change] of Object.entries(changes)) {
            it(`does not let it change ${what}`, () => refused(change()));
        }

        it("does not let it delete the key, or look at the account", async () => {
            const client = archive.client(await archive.assumeRole(await archive.token()));
            const deletion = new ScheduleKeyDeletionCommand({ KeyId: archive.keyArn });
            // moto refuses in XML, where KMS would answer in JSON: the SDK keeps the answer that it could not read.
            await assert.rejects(
                new KMSClient(client).send(deletion),
                (error: { $response?: { statusCode: number } }) => {
                    assert.equal(error.$response?.statusCode, 403, String(error));
                    return true;
                },
            );
            const key = await new KMSClient(archive.client()).send(new DescribeKeyCommand({ KeyId: archive.keyArn }));
            assert.equal(key.KeyMetadata?.KeyState, "Enabled");
            await refused(new IAMClient(client).send(new ListUsersCommand({})));
        });

        const strangers: Readonly<Record<string, TokenRequest>> = {
            "another ServiceAccount of the namespace": { serviceAccount: "log-rotation" },
            "a ServiceAccount of this name in another namespace": { namespace: "default" },
            "a token for another audience": { audience: "https://kubernetes.default.svc.cluster.local" },
        };
        for (const [who, request] of Object.entries(strangers)) {
            it(`is not given to ${who}`, async () => {
                if (request.namespace !== undefined) {
                    await archive.kubectl("create", "serviceaccount", "s3-uploader", "-n", request.namespace);
                }
                await refused(archive.assumeRole(await archive.token(request)));
            });
        }

        it("is not given to a token that the cluster did not sign", async () => {
            const [header, payload, signature] = (await archive.token()).split(".");
            const [, other] = (await archive.token({ serviceAccount: "log-rotation" })).split(".");
            await refused(archive.assumeRole(`${header}.${payload}.AAAA`), "InvalidIdentityTokenException");
            await refused(archive.assumeRole(`${header}.${other}.${signature}`), "InvalidIdentityTokenException");
        });
    });
}
