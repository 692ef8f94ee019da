// The bucket, as far as the uploader uses it. Every failure leaves here as an `UploadError` with its reason.

import {
    GetObjectCommand,
    HeadObjectCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    type PutObjectCommandInput,
    S3Client,
    type StorageClass,
} from "@aws-sdk/client-s3";
import { UploadError } from "./failure.ts";
import { log } from "./log.ts";

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
}

/** What S3 says of an object that is in the bucket. */
export interface StoredObject {
    readonly size: number;
    /** Hexadecimal; undefined when S3 keeps no SHA-256 of the whole object. */
    readonly sha256: string | undefined;
    readonly storedAt: Date;
    readonly storageClass: string;
}

/** An archive about to be stored. */
export interface NewObject {
    readonly key: string;
    readonly size: number;
    /** Hexadecimal. S3 refuses the object when its bytes are others. */
    readonly sha256: string;
    readonly body: NonNullable<PutObjectCommandInput["Body"]>;
    readonly contentType: string;
}

/** How a conditional put ended: stored, or refused because the object is there (or is another one) by now. */
export type PutOutcome = "stored" | "precondition-failed";

/** The text of an object and the tag by which it can be replaced. */
export interface TaggedText {
    readonly text: string;
    readonly etag: string;
}

/** Attempts that the SDK makes for a request whose body it can send again. */
const attempts = 3;

/** The SDK would write its warnings as bare text; every other message repeats what becomes an `UploadError`. */
const sdkLogger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message: unknown) => log("warning", `AWS SDK: ${message}`),
    error: () => undefined,
};

/** The bucket. */
export class ArchiveStore {
    readonly #client: S3Client;
    readonly #options: ArchiveStoreOptions;

    constructor(options: ArchiveStoreOptions) {
        this.#options = options;
        this.#client = new S3Client({
            region: options.region,
            forcePathStyle: options.pathStyle,
            maxAttempts: attempts,
            // The checksum of every put is given; the SDK would otherwise send archives in chunks with a second one.
            requestChecksumCalculation: "WHEN_REQUIRED",
            requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
            logger: sdkLogger,
        });
    }

    /**
     * Asks S3 for the bucket, which needs network, credentials and the right to list it. Unlike HeadBucket, the answer
     * says what is wrong.
     */
    async reach(signal: AbortSignal): Promise<void> {
        try {
            await this.#client.send(new ListObjectsV2Command({ Bucket: this.#options.bucketName, MaxKeys: 1 }), {
                abortSignal: signal,
            });
        } catch (error) {
            throw this.#uploadError(error);
        }
    }

    /** What S3 says of an object; undefined when it is not there. */
    async head(key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
        try {
            const answer = await this.#client.send(
                new HeadObjectCommand({ Bucket: this.#options.bucketName, Key: key, ChecksumMode: "ENABLED" }),
                { abortSignal: signal },
            );
            return {
                size: answer.ContentLength ?? -1,
                sha256: answer.ChecksumSHA256 && Buffer.from(answer.ChecksumSHA256, "base64").toString("hex"),
                storedAt: answer.LastModified ?? new Date(0),
                // S3 leaves the header out for STANDARD.
                storageClass: answer.StorageClass ?? "STANDARD",
            };
        } catch (error) {
            if (statusOf(error) === 404) {
                return undefined;
            }
            throw this.#uploadError(error);
        }
    }

    /** Stores an archive unless its key is taken. */
    async putNew(object: NewObject, signal: AbortSignal): Promise<PutOutcome> {
        return this.#put(
            { ...this.#request(object), StorageClass: this.#options.storageClass, IfNoneMatch: "*" },
            signal,
        );
    }

    /** Text of a small object; undefined when it is not there. */
    async readText(key: string, signal: AbortSignal): Promise<TaggedText | undefined> {
        try {
            const answer = await this.#client.send(
                new GetObjectCommand({ Bucket: this.#options.bucketName, Key: key }),
                { abortSignal: signal },
            );
            return { text: (await answer.Body?.transformToString("utf8")) ?? "", etag: answer.ETag ?? "" };
        } catch (error) {
            if ((error as Error).name === "NoSuchKey") {
                return undefined;
            }
            throw this.#uploadError(error);
        }
    }

    /** Replaces the object that has the tag, or stores a new one when `etag` is undefined and there is none. */
    async replaceText(object: NewObject, etag: string | undefined, signal: AbortSignal): Promise<PutOutcome> {
        const condition = etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag };
        return this.#put({ ...this.#request(object), StorageClass: "STANDARD", ...condition }, signal);
    }

    /** Closes the connections. */
    close(): void {
        this.#client.destroy();
    }

    #request(object: NewObject): PutObjectCommandInput {
        const { bucketName, kmsKeyId } = this.#options;
        return {
            Bucket: bucketName,
            Key: object.key,
            Body: object.body,
            ContentLength: object.size,
            ContentType: object.contentType,
            ChecksumAlgorithm: "SHA256",
            ChecksumSHA256: Buffer.from(object.sha256, "hex").toString("base64"),
            ...(kmsKeyId === undefined ? {} : { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId }),
        };
    }

    async #put(input: PutObjectCommandInput, signal: AbortSignal): Promise<PutOutcome> {
        try {
            await this.#client.send(new PutObjectCommand(input), { abortSignal: signal });
            return "stored";
        } catch (error) {
            // 409: another conditional put of the same key was under way.
            // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html#conditional-error-response
            // 404: the object to be replaced is gone.
            const status = statusOf(error);
            if (status === 412 || status === 409 || (status === 404 && (error as Error).name === "NoSuchKey")) {
                return "precondition-failed";
            }
            throw this.#uploadError(error);
        }
    }

    #uploadError(error: unknown): UploadError {
        const { name, message } = error as Error;
        const { bucketName, region } = this.#options;
        const status = statusOf(error);
        const said = `${name}${message && message !== name ? `: ${message}` : ""}`;
        if (name === "AbortError") {
            return new UploadError("stopped", "the uploader was told to stop before S3 had answered", { cause: error });
        }
        if (name === "NoSuchBucket") {
            return new UploadError("access", `there is no bucket "${bucketName}"; check s3.bucket_name`, {
                cause: error,
            });
        }
        if (status === 301 || status === 307 || name === "AuthorizationHeaderMalformed") {
            const detail = `the bucket "${bucketName}" is not in region ${region} (${said}); check s3.region`;
            return new UploadError("access", detail, { cause: error });
        }
        if (status === 401 || status === 403 || /Credential|Token/.test(name)) {
            const detail =
                `S3 refused the request for bucket "${bucketName}" (${said}); check the credentials, ` +
                "the role's policy and the bucket's policy, and that s3.kms_key_id is the bucket's key";
            return new UploadError("access", detail, { cause: error });
        }
        if (status === undefined) {
            const detail = `S3 cannot be reached (${said}); check the network and AWS_ENDPOINT_URL_S3`;
            return new UploadError("unreachable", detail, { cause: error });
        }
        return new UploadError("s3", `S3 answered ${status} (${said})`, { cause: error });
    }
}

/** HTTP status that S3 answered; undefined when it did not answer. */
function statusOf(error: unknown): number | undefined {
    return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
