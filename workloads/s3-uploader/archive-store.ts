// The bucket, as far as the uploader uses it: single requests, none of them repeated here. Every failure leaves as an
// `UploadError` with its reason.

import { createHash } from "node:crypto";
import {
    CompleteMultipartUploadCommand,
    CreateMultipartUploadCommand,
    GetObjectCommand,
    type GetObjectCommandOutput,
    HeadObjectCommand,
    ListMultipartUploadsCommand,
    ListObjectsV2Command,
    ListPartsCommand,
    type ListPartsCommandOutput,
    PutObjectCommand,
    type PutObjectCommandInput,
    paginateListObjectsV2,
    S3Client,
    type StorageClass,
    UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type ArchiveMetadata, metadataHeaders, readMetadata } from "../../formats/object-metadata.ts";
import type { FailureReason } from "./failure.ts";
import { log } from "./log.ts";
import { isExpired, NotImplemented, statusOf, uploadErrorOf } from "./s3-error.ts";
import { StoreAbilities } from "./store-abilities.ts";

/** What decides how the bucket is reached and how objects are stored. */
export interface ArchiveStoreOptions {
    readonly bucketName: string;
    readonly region: string;
    /** Class of archives; manifests are always STANDARD, because they are read and rewritten often. */
    readonly storageClass: StorageClass;
    /** Undefined: the bucket's default encryption. */
    readonly kmsKeyId?: string;
    /** Bucket in the path of URLs instead of the host name. */
    readonly pathStyle: boolean;
    /** Seconds without a single byte from S3 after which a request is given up. */
    readonly timeoutSeconds: number;
}

/** What a list says of an object. */
export interface ListedObject {
    readonly size: number;
    /** Tells this content of the key from any other; for a conditional replacement. */
    readonly etag: string;
    /** To the second, as HTTP tells it. */
    readonly storedAt: Date;
    readonly storageClass: string;
}

/** What S3 says of an object that is in the bucket. */
export interface StoredObject extends ListedObject {
    /** SHA-256 of the object or, of one that came in parts, of its parts' checksums; base64. Undefined: S3 keeps none. */
    readonly checksum: string | undefined;
    /** Whether it came in parts. */
    readonly isInParts: boolean;
    /** What its uploader noted of it; undefined when it was not this program. */
    readonly metadata: ArchiveMetadata | undefined;
}

/** An archive about to be stored. */
export interface NewArchive {
    readonly key: string;
    readonly contentType: string;
    readonly metadata: Required<ArchiveMetadata>;
}

/** Bytes about to be sent. */
export interface MeasuredBody {
    readonly body: NonNullable<PutObjectCommandInput["Body"]>;
    readonly size: number;
    /** SHA-256, base64. S3 refuses the bytes when theirs is another. */
    readonly checksum: string;
}

/** What has to be true of a key for it to be written: nothing is there, or the object with this tag. */
export type Condition = "free" | { readonly etag: string };

/** How a conditional put ended: stored, or refused because the object is there (or is another one) by now. */
export type PutOutcome = StoredAnswer | "precondition-failed";

/** What S3 answers to a put that it has carried out. */
export interface StoredAnswer {
    readonly etag: string;
    /** The SHA-256 that S3 reckoned, as {@link StoredObject} has it; undefined: it tells none. */
    readonly checksum: string | undefined;
}

/** The bytes of an object and the tag by which it can be replaced. */
export interface TaggedBytes {
    readonly bytes: Buffer;
    readonly etag: string;
}

/** A part that S3 has. */
export interface StoredPart {
    readonly number: number;
    readonly etag: string;
    readonly size: number;
    /** SHA-256, base64; undefined when S3 keeps none. */
    readonly checksum: string | undefined;
}

/** The SDK would write its warnings as bare text; every other message repeats what becomes an `UploadError`. */
const sdkLogger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message: unknown) => log("warning", `AWS SDK: ${message}`),
    error: () => undefined,
};

/** The bucket. */
export class ArchiveStore {
    readonly #options: ArchiveStoreOptions;
    readonly #client: S3Client;
    /** What this store is found to be able to do. */
    readonly abilities = new StoreAbilities();
    #trouble: FailureReason | "unknown" | undefined = "unknown";

    constructor(options: ArchiveStoreOptions) {
        this.#options = options;
        this.#client = this.#newClient();
    }

    /** Why S3 did not do what it was asked last; undefined when it did, `unknown` before it was asked anything. */
    get trouble(): FailureReason | "unknown" | undefined {
        return this.#trouble;
    }

    /**
     * Asks S3 for the bucket, which needs network, credentials and the right to list it. Unlike HeadBucket, the answer
     * says what is wrong.
     */
    async reach(signal: AbortSignal): Promise<void> {
        await this.#send((client) =>
            client.send(new ListObjectsV2Command({ Bucket: this.#options.bucketName, MaxKeys: 1 }), {
                abortSignal: signal,
            }),
        );
    }

    /** What S3 says of an object; undefined when it is not there. */
    async head(key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
        const command = new HeadObjectCommand({ Bucket: this.#options.bucketName, Key: key, ...this.#checksumMode() });
        try {
            const answer = await this.#asAble(
                "nothing",
                (client) => client.send(command, { abortSignal: signal }),
                [404],
            );
            const { ChecksumSHA256, ChecksumType, ETag = "" } = answer;
            return {
                size: answer.ContentLength ?? -1,
                checksum: withoutParts(ChecksumSHA256),
                isInParts:
                    ChecksumType === "COMPOSITE" || [ChecksumSHA256, ETag].some((text) => inParts.test(text ?? "")),
                etag: ETag,
                metadata: readMetadata(answer.Metadata),
                storedAt: answer.LastModified ?? new Date(0),
                // S3 leaves the header out for STANDARD.
                storageClass: answer.StorageClass ?? "STANDARD",
            };
        } catch (error) {
            if (statusOf((error as Error).cause ?? error) === 404) {
                return undefined;
            }
            throw error;
        }
    }

    /** Reads an object and gives its SHA-256, hexadecimal; undefined when it is not there. */
    async sha256(key: string, signal: AbortSignal): Promise<string | undefined> {
        return this.#read(key, signal, async (body) => {
            const hash = createHash("sha256");
            for await (const chunk of body) {
                hash.update(chunk);
            }
            return hash.digest("hex");
        });
    }

    /** Every object whose key begins with `prefix`, one by one, in the order of their keys. */
    async list(prefix: string, signal: AbortSignal, take: (key: string, object: ListedObject) => void): Promise<void> {
        await this.#send(async () => {
            const input = { Bucket: this.#options.bucketName, Prefix: prefix };
            for await (const page of paginateListObjectsV2({ client: this.#client }, input, { abortSignal: signal })) {
                for (const {
                    Key = "",
                    Size = -1,
                    ETag = "",
                    LastModified,
                    StorageClass = "STANDARD",
                } of page.Contents ?? []) {
                    const storedAt = new Date(Math.floor((LastModified?.getTime() ?? 0) / 1000) * 1000);
                    take(Key, { size: Size, etag: ETag, storedAt, storageClass: StorageClass });
                }
            }
        });
    }

    /** Stores an archive in one piece, under the condition. */
    async putArchive(
        archive: NewArchive,
        bytes: MeasuredBody,
        condition: Condition,
        signal: AbortSignal,
    ): Promise<PutOutcome> {
        return this.#put({ ...this.#about(archive), ...this.#measured(bytes), ...preconditions(condition) }, signal);
    }

    /** Begins an upload in parts; its id. */
    async beginParts(archive: NewArchive, signal: AbortSignal): Promise<string> {
        const type = this.abilities.takesChecksums ? ({ ChecksumType: "COMPOSITE" } as const) : {};
        const command = new CreateMultipartUploadCommand({ ...this.#about(archive), ...type });
        const answer = await this.#asAble("nothing", (client) => client.send(command, { abortSignal: signal }));
        return answer.UploadId ?? "";
    }

    /** Ids of the uploads of a key that nobody has completed. */
    async unfinishedUploads(key: string, signal: AbortSignal): Promise<readonly string[]> {
        const command = new ListMultipartUploadsCommand({ Bucket: this.#options.bucketName, Prefix: key });
        const { Uploads = [] } = await this.#send((client) => client.send(command, { abortSignal: signal }));
        return Uploads.filter(({ Key }) => Key === key).map(({ UploadId }) => UploadId ?? "");
    }

    /** The parts of an upload that S3 has. */
    async storedParts(key: string, uploadId: string, signal: AbortSignal): Promise<readonly StoredPart[]> {
        return this.#send(async (client) => {
            const parts: StoredPart[] = [];
            const input = { Bucket: this.#options.bucketName, Key: key, UploadId: uploadId };
            // The SDK's own pages do not end where a store names a next part although there is none.
            for (let isTruncated = true, after: string | undefined; isTruncated; ) {
                const page: ListPartsCommandOutput = await client.send(
                    new ListPartsCommand({ ...input, PartNumberMarker: after }),
                    { abortSignal: signal },
                );
                for (const part of page.Parts ?? []) {
                    parts.push({
                        number: part.PartNumber ?? 0,
                        etag: part.ETag ?? "",
                        size: part.Size ?? -1,
                        checksum: part.ChecksumSHA256,
                    });
                }
                isTruncated = page.IsTruncated === true;
                after = page.NextPartNumberMarker;
            }
            return parts;
        });
    }

    /** Stores one part. */
    async putPart(
        key: string,
        uploadId: string,
        number: number,
        bytes: MeasuredBody,
        signal: AbortSignal,
    ): Promise<StoredPart> {
        const command = new UploadPartCommand({
            Bucket: this.#options.bucketName,
            Key: key,
            UploadId: uploadId,
            PartNumber: number,
            ...this.#measured(bytes),
        });
        const answer = await this.#asAble("nothing", (client) => client.send(command, { abortSignal: signal }));
        const checksum = this.abilities.takesChecksums ? bytes.checksum : undefined;
        return { number, etag: answer.ETag ?? "", size: bytes.size, checksum };
    }

    /** Makes an object of the parts, under the condition. */
    async completeParts(
        key: string,
        uploadId: string,
        parts: readonly StoredPart[],
        condition: Condition,
        signal: AbortSignal,
    ): Promise<PutOutcome> {
        const command = new CompleteMultipartUploadCommand({
            Bucket: this.#options.bucketName,
            Key: key,
            UploadId: uploadId,
            MultipartUpload: {
                Parts: parts.map(({ number, etag, checksum }) => ({
                    PartNumber: number,
                    ETag: etag,
                    ChecksumSHA256: checksum,
                })),
            },
            ...preconditions(condition),
        });
        return this.#conditional((client) => client.send(command, { abortSignal: signal }), [412]);
    }

    /** Bytes of an object that fits into memory; undefined when it is not there. */
    async readBytes(key: string, signal: AbortSignal): Promise<TaggedBytes | undefined> {
        return this.#read(key, signal, async (body, { ETag = "", ContentLength = 0 }) => {
            // In place: pieces and their sum would take twice as much.
            const bytes = Buffer.allocUnsafeSlow(ContentLength);
            let filled = 0;
            for await (const chunk of body) {
                filled += chunk.copy(bytes, filled);
            }
            return { bytes: bytes.subarray(0, filled), etag: ETag };
        });
    }

    async #read<T>(
        key: string,
        signal: AbortSignal,
        take: (body: AsyncIterable<Buffer>, answer: GetObjectCommandOutput) => Promise<T>,
    ): Promise<T | undefined> {
        const command = new GetObjectCommand({ Bucket: this.#options.bucketName, Key: key, ...this.#checksumMode() });
        try {
            return await this.#asAble(
                "nothing",
                async (client) => {
                    const answer = await client.send(command, { abortSignal: signal });
                    return take(answer.Body as AsyncIterable<Buffer>, answer);
                },
                [404],
            );
        } catch (error) {
            if (((error as Error).cause as Error | undefined)?.name === "NoSuchKey") {
                return undefined;
            }
            throw error;
        }
    }

    /** Stores a small JSON object in class STANDARD, under the condition. */
    async putText(key: string, bytes: MeasuredBody, condition: Condition, signal: AbortSignal): Promise<PutOutcome> {
        return this.#put(
            {
                Bucket: this.#options.bucketName,
                Key: key,
                StorageClass: "STANDARD",
                ContentType: "application/json",
                ...this.#checksummed(),
                ...this.#encryption(),
                ...this.#measured(bytes),
                ...preconditions(condition),
            },
            signal,
        );
    }

    /** Closes the connections. */
    close(): void {
        this.#client.destroy();
    }

    #newClient(): S3Client {
        return new S3Client({
            region: this.#options.region,
            forcePathStyle: this.#options.pathStyle,
            // Repetitions are the business of retries.ts: the SDK cannot send a stream again, and would tire of it soon.
            maxAttempts: 1,
            // The checksum of every put is given; the SDK would otherwise send archives in chunks with a second one.
            requestChecksumCalculation: "WHEN_REQUIRED",
            // Asked for by each request, because not every store knows it.
            responseChecksumValidation: "WHEN_REQUIRED",
            requestHandler: { connectionTimeout: 5_000, socketTimeout: this.#options.timeoutSeconds * 1000 },
            logger: sdkLogger,
        });
    }

    #about({ key, contentType, metadata }: NewArchive) {
        return {
            Bucket: this.#options.bucketName,
            Key: key,
            ContentType: contentType,
            Metadata: metadataHeaders(metadata),
            StorageClass: this.#options.storageClass,
            ...this.#checksummed(),
            ...this.#encryption(),
        } as const;
    }

    #encryption() {
        const { kmsKeyId } = this.#options;
        return kmsKeyId === undefined ? {} : ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId } as const);
    }

    #checksumMode() {
        return this.abilities.takesChecksums ? ({ ChecksumMode: "ENABLED" } as const) : {};
    }

    #checksummed() {
        return this.abilities.takesChecksums ? ({ ChecksumAlgorithm: "SHA256" } as const) : {};
    }

    #measured({ body, size, checksum }: MeasuredBody) {
        return {
            Body: body,
            ContentLength: size,
            ...(this.abilities.takesChecksums ? { ChecksumSHA256: checksum } : {}),
        };
    }

    async #put(input: PutObjectCommandInput, signal: AbortSignal): Promise<PutOutcome> {
        // 404: the object to be replaced is gone.
        return this.#conditional(
            (client) => client.send(new PutObjectCommand(input), { abortSignal: signal }),
            [412, 404],
        );
    }

    async #conditional(
        ask: (client: S3Client) => Promise<{ readonly ETag?: string; readonly ChecksumSHA256?: string }>,
        refusals: readonly number[],
    ): Promise<PutOutcome> {
        try {
            const { ETag = "", ChecksumSHA256 } = await this.#asAble("conditions", ask, refusals);
            return { etag: ETag, checksum: withoutParts(ChecksumSHA256) };
        } catch (error) {
            const { cause } = error as Error;
            const status = statusOf(cause);
            if (status === 412 || (status === 404 && (cause as Error).name === "NoSuchKey")) {
                this.abilities.heldCondition();
                return "precondition-failed";
            }
            throw error;
        }
    }

    /** Sends a request that asks for checksums, and perhaps for more that a store may not know. */
    async #asAble<T>(
        alsoNeeds: "nothing" | "conditions",
        ask: (client: S3Client) => Promise<T>,
        ordinary: readonly number[] = [],
    ): Promise<T> {
        const hadChecksums = this.abilities.takesChecksums;
        try {
            return await this.#send(ask, ordinary);
        } catch (error) {
            throw error instanceof NotImplemented ? this.abilities.lacking(error, hadChecksums, alsoNeeds) : error;
        }
    }

    /** @param ordinary statuses by which S3 answers a question, not refuses to */
    async #send<T>(ask: (client: S3Client) => Promise<T>, ordinary: readonly number[] = []): Promise<T> {
        try {
            const answer = await ask(this.#client);
            this.#trouble = undefined;
            return answer;
        } catch (error) {
            const told = uploadErrorOf(error, this.#options);
            if (told.reason !== "stopped") {
                this.#trouble = ordinary.includes(statusOf(error) ?? 0) ? undefined : told.reason;
            }
            if (isExpired(error)) {
                // The SDK fetches credentials again only when it takes them for expired itself.
                await this.#client.config.credentials({ forceRefresh: true }).catch(() => undefined);
            }
            throw told;
        }
    }
}

/** The number of parts, behind the checksum or the tag of an object that came in parts. */
const inParts = /-\d+"?$/;

function withoutParts(checksum: string | undefined): string | undefined {
    return checksum?.replace(inParts, "");
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function preconditions(condition: Condition) {
    return condition === "free" ? { IfNoneMatch: "*" } : { IfMatch: condition.etag };
}
