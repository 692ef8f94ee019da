// Tests of the archive's bucket, on a stack that stands: each of its rules is proved by a request that it refuses. The
// operator asks, who may do everything, so that it is the bucket which refuses.

import assert from "node:assert/strict";
import {
    CompleteMultipartUploadCommand,
    CreateMultipartUploadCommand,
    DeleteObjectCommand,
    GetBucketLifecycleConfigurationCommand,
    GetObjectCommand,
    HeadObjectCommand,
    ListObjectsV2Command,
    ListObjectVersionsCommand,
    PutBucketAclCommand,
    PutBucketPolicyCommand,
    PutObjectAclCommand,
    PutObjectCommand,
    type PutObjectCommandInput,
    S3Client,
    UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type DeployedArchive, refused } from "./deployed-archive.ts";

const Key = "2025/09/11/archive/app_application_20250911_120000.log.gz";

/** Registers the tests. */
export function testArchiveBucket(archiveOf: () => Promise<DeployedArchive>): void {
    describe("the archive's bucket", () => {
        let archive: DeployedArchive;
        let s3: S3Client;
        let withoutTls: S3Client;
        let good: PutObjectCommandInput;
        let here: { readonly Bucket: string; readonly Key: string };

        before(async () => {
            archive = await archiveOf();
            s3 = archive.s3();
            withoutTls = new S3Client({
                ...archive.client(),
                endpoint: archive.endpointWithoutTls,
                requestHandler: {},
                forcePathStyle: true,
            });
            good = { ...archive.encryption, Key, Body: "a" };
            here = { Bucket: archive.bucketName, Key };
        });

        it("takes a put over TLS that is encrypted with the archive's key", async () => {
            await s3.send(new PutObjectCommand(good));
            await s3.send(new GetObjectCommand(here));
        });

        it("encrypts with the archive's key what says nothing of its encryption, whole and in parts", async () => {
            await s3.send(new PutObjectCommand({ ...here, Body: "a" }));
            const { UploadId } = await s3.send(new CreateMultipartUploadCommand(here));
            const { ETag } = await s3.send(new UploadPartCommand({ ...here, UploadId, PartNumber: 1, Body: "a" }));
            const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
            await s3.send(new CompleteMultipartUploadCommand({ ...here, UploadId, MultipartUpload }));
            const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ ...here, Prefix: Key }));
            const [inParts, whole] = Versions;
            for (const version of [inParts, whole]) {
                const head = await s3.send(new HeadObjectCommand({ ...here, VersionId: version?.VersionId }));
                assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ["aws:kms", archive.keyArn]);
            }
        });

        it("refuses a put, a read and a list without TLS", async () => {
            await refused(withoutTls.send(new PutObjectCommand(good)));
            await refused(withoutTls.send(new GetObjectCommand(here)));
            await refused(withoutTls.send(new ListObjectsV2Command({ Bucket: here.Bucket })));
        });

        const wrongPuts: Readonly<Record<string, () => Partial<PutObjectCommandInput>>> = {
            "asks for S3's own keys": () => ({ ServerSideEncryption: "AES256", SSEKMSKeyId: undefined }),
            "asks for KMS and names no key": () => ({ SSEKMSKeyId: undefined }),
            "names another key": () => ({
                SSEKMSKeyId: archive.keyArn.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
            }),
            "names AWS's key for S3": () => ({ SSEKMSKeyId: "alias/aws/s3" }),
            "brings a key of its own": () => ({
                ServerSideEncryption: undefined,
                SSEKMSKeyId: undefined,
                SSECustomerAlgorithm: "AES256",
                SSECustomerKey: "k".repeat(32),
            }),
        };
        for (const [what, wrong] of Object.entries(wrongPuts)) {
            it(`refuses a put that ${what}, whole and in parts`, async () => {
                const put = { ...good, ...wrong() };
                await refused(s3.send(new PutObjectCommand(put)));
                await refused(s3.send(new CreateMultipartUploadCommand({ ...put, Body: undefined } as typeof put)));
            });
        }

        it("refuses every ACL, on a put, on an object and on itself", async () => {
            const name = "AccessControlListNotSupported";
            await refused(s3.send(new PutObjectCommand({ ...good, ACL: "public-read" })), name);
            await refused(s3.send(new PutObjectAclCommand({ ...here, ACL: "public-read" })), name);
            await refused(s3.send(new PutObjectAclCommand({ ...here, ACL: "private" })), name);
            await refused(s3.send(new PutBucketAclCommand({ Bucket: here.Bucket, ACL: "public-read-write" })), name);
        });

        it("refuses a policy that lets the public in, and lets nobody in without a signature", async () => {
            const Statement = [
                { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${here.Bucket}/*` },
            ];
            const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
            await refused(s3.send(new PutBucketPolicyCommand({ Bucket: here.Bucket, Policy })));
            const plain = `http://127.0.0.1:${new URL(archive.endpointWithoutTls).port}/${here.Bucket}/${Key}`;
            assert.equal((await fetch(plain)).status, 403);
        });

        it("keeps what is overwritten or deleted", async () => {
            const { VersionId: first } = await s3.send(new PutObjectCommand({ ...good, Body: "first" }));
            await s3.send(new PutObjectCommand({ ...good, Body: "second" }));
            await s3.send(new DeleteObjectCommand(here));
            await refused(s3.send(new GetObjectCommand(here)), "NoSuchKey");
            const kept = await s3.send(new GetObjectCommand({ ...here, VersionId: first }));
            assert.equal(await kept.Body?.transformToString(), "first");
        });

        it("moves nothing small to a class that charges it as 128 KiB, and expires everything", async () => {
            const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: here.Bucket }));
            const moving = Rules.filter(({ Transitions }) => Transitions !== undefined);
            assert.deepEqual(
                moving.map(({ Filter, Transitions }) => [Filter, Transitions]),
                [[{ ObjectSizeGreaterThan: 128 * 1024 - 1 }, [{ Days: 90, StorageClass: "GLACIER" }]]],
            );
            assert.ok(Rules.some(({ Expiration, Filter }) => Expiration?.Days === 365 && Filter?.Prefix === ""));
            assert.ok(Rules.some(({ AbortIncompleteMultipartUpload: abort }) => abort?.DaysAfterInitiation === 7));
        });
    });
}
