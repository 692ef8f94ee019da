// A bucket for tests, of the emulated AWS or another S3, and what is in it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    CreateBucketCommand,
    GetObjectCommand,
    HeadObjectCommand,
    ListObjectsV2Command,
    ListObjectVersionsCommand,
    PutBucketVersioningCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import type { Manifest } from "../../../formats/manifest.ts";
import {
    type EmulatedAws,
    type EmulatedAwsAddress,
    emulatedAwsRegion,
    startEmulatedAws,
} from "../../../lab/aws/emulated-aws.ts";
import { sharedBySuites } from "../../shared-by-suites.ts";

/** Buckets for tests, and the S3 they are in. */
export class TestS3 {
    readonly endpoint: string;
    readonly client: S3Client;
    /** What the uploader needs to be let in. */
    readonly environment: Readonly<Record<string, string>>;
    readonly #aws: EmulatedAws;
    readonly #folder: string;
    #buckets = 0;

    private constructor(aws: EmulatedAws, folder: string) {
        this.#aws = aws;
        this.#folder = folder;
        this.endpoint = aws.endpoint;
        this.client = new S3Client({
            endpoint: aws.endpoint,
            region: emulatedAwsRegion,
            credentials: aws.operatorCredentials,
            forcePathStyle: true,
        });
        this.environment = {
            AWS_ENDPOINT_URL_S3: aws.endpoint,
            AWS_ACCESS_KEY_ID: aws.operatorCredentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: aws.operatorCredentials.secretAccessKey,
        };
    }

    /** One S3 for all suites of a run. */
    static readonly shared = sharedBySuites(
        () => TestS3.start(),
        (s3) => s3.stop(),
    );

    /** Starts an S3 without any bucket. */
    static async start(options: Pick<EmulatedAwsAddress, "issuerKeyFiles"> = {}): Promise<TestS3> {
        const folder = await mkdtemp(join(tmpdir(), "s3-uploader-aws-"));
        return new TestS3(await startEmulatedAws({ ...options, port: 0, folder }), folder);
    }

    async stop(): Promise<void> {
        this.client.destroy();
        await this.#aws.stop();
        await rm(this.#folder, { recursive: true });
    }

    /** Makes an empty bucket with versioning, as the archive's is. */
    async newBucket(): Promise<TestBucket> {
        this.#buckets += 1;
        const name = `test-bucket-${this.#buckets}`;
        await this.client.send(new CreateBucketCommand({ Bucket: name }));
        await this.client.send(
            new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: "Enabled" } }),
        );
        return new TestBucket(this.client, name);
    }
}

/** One bucket. */
export class TestBucket {
    readonly name: string;
    readonly #client: S3Client;

    constructor(client: S3Client, name: string) {
        this.#client = client;
        this.name = name;
    }

    /** All keys, sorted. */
    async keys(): Promise<readonly string[]> {
        return [...(await this.digests()).keys()].sort();
    }

    async read(key: string): Promise<Buffer> {
        const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
        return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    }

    async manifest(key: string): Promise<Manifest> {
        return JSON.parse((await this.read(key)).toString()) as Manifest;
    }

    async head(key: string) {
        return this.#client.send(new HeadObjectCommand({ Bucket: this.name, Key: key, ChecksumMode: "ENABLED" }));
    }

    /** MD5 of each object that was put in one piece, hexadecimal, by its key. */
    async digests(): Promise<ReadonlyMap<string, string>> {
        const { Contents = [], IsTruncated } = await this.#client.send(new ListObjectsV2Command({ Bucket: this.name }));
        assert.ok(!IsTruncated, "more keys than one page holds");
        return new Map(Contents.map(({ Key, ETag }) => [Key ?? "", ETag?.replaceAll('"', "") ?? ""]));
    }

    /** Number of versions that a key has, the current one included. */
    async versions(key: string): Promise<number> {
        const { Versions = [] } = await this.#client.send(
            new ListObjectVersionsCommand({ Bucket: this.name, Prefix: key }),
        );
        return Versions.filter((version) => version.Key === key).length;
    }

    /** @param metadata what the object says of itself, as the uploader notes it */
    async put(key: string, body: Buffer, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
        const ChecksumSHA256 = createHash("sha256").update(body).digest("base64");
        await this.#client.send(
            new PutObjectCommand({
                Bucket: this.name,
                Key: key,
                Body: body,
                ChecksumAlgorithm: "SHA256",
                ChecksumSHA256,
                Metadata: metadata,
            }),
        );
    }
}
