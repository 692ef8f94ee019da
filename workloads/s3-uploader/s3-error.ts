// What an error of the AWS SDK means: the reason that people are told, and whether a repetition may help.

import { type Again, type FailureReason, UploadError } from "./failure.ts";

/** What messages say of the bucket. */
export interface BucketPlace {
    readonly bucketName: string;
    readonly region: string;
}

/** S3 does not know something that a request asked of it. */
export class NotImplemented extends UploadError {}

/** The multipart upload is gone: completed by another uploader, or aborted by the bucket's lifecycle. */
export class UploadGone extends UploadError {}

interface SdkError extends Error {
    readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
const throttling = new Set([
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequests",
]);

/** The body arrived damaged or not at all, or another conditional write of the key is under way. */
const passing = new Set([
    "BadDigest",
    "XAmzContentSHA256Mismatch",
    "IncompleteBody",
    "RequestTimeout",
    "ConditionalRequestConflict",
    "OperationAborted",
]);

const expired = new Set(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]);

/** What S3 does not keep at hand: classes from which an object has to be retrieved first. */
const notAtHand = "InvalidObjectState";

/** HTTP status that S3 answered; undefined when it did not answer. */
export function statusOf(error: unknown): number | undefined {
    return (error as SdkError).$metadata?.httpStatusCode;
}

/** Whether S3 calls the credentials expired, although the SDK took them for good. */
export function isExpired(error: unknown): boolean {
    return expired.has((error as Error).name);
}

/**
 * Seconds for which an answer asks to be left alone, by its `Retry-After`: a number of seconds or a date
 * (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after); undefined when it does not say.
 */
export function retryAfterSeconds(header: string | undefined, now = Date.now()): number | undefined {
    if (header === undefined || header.trim() === "") {
        return undefined;
    }
    const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** The file that could not be opened, when that is the error: no request was made then. */
function unreadableFile(error: unknown): string | undefined {
    const { syscall, code, path } = error as NodeJS.ErrnoException;
    return syscall === "open" || code === "EISDIR" ? (path ?? "the file") : undefined;
}

/** The error as people are told it. */
export function uploadErrorOf(error: unknown, { bucketName, region }: BucketPlace): UploadError {
    const { name, message, $metadata, $response } = error as SdkError;
    const status = statusOf(error);
    const said = `${name}${message && message !== name ? `: ${message}` : ""}`;
    const told = (reason: FailureReason, detail: string, again?: Again) =>
        new UploadError(reason, detail, { cause: error, again });
    if (name === "AbortError") {
        return told("stopped", "the uploader was told to stop before S3 had answered");
    }
    if (name === "NoSuchUpload") {
        return new UploadGone("s3", "the multipart upload is gone", { cause: error });
    }
    if (name === "NoSuchBucket") {
        return told("access", `there is no bucket "${bucketName}"; check s3.bucket_name`);
    }
    if (status === 301 || status === 307 || name === "AuthorizationHeaderMalformed") {
        return told("access", `the bucket "${bucketName}" is not in region ${region} (${said}); check s3.region`);
    }
    if (name === "RequestTimeTooSkewed" || $metadata?.clockSkewCorrected) {
        const detail = `this machine's clock differs from S3's (${said}); the difference is reckoned with from now on`;
        return told("access", detail, { when: "now" });
    }
    if (isExpired(error)) {
        return told("access", `S3 calls the credentials expired (${said}); new ones are fetched`, { when: "now" });
    }
    const afterSeconds = retryAfterSeconds($response?.headers?.["retry-after"]);
    if (status === 429 || throttling.has(name) || (afterSeconds !== undefined && (status ?? 0) >= 500)) {
        return told("throttled", `S3 asks to slow down (${status} ${said})`, { when: "slower", afterSeconds });
    }
    if (status === 501 || name === "NotImplemented") {
        return new NotImplemented("s3", `S3 does not know what it was asked (${said})`, { cause: error });
    }
    if (name === notAtHand) {
        return told("unconfirmed", `S3 does not have the object at hand (${said}); restore it to have it compared`);
    }
    const file = unreadableFile(error);
    if (file !== undefined) {
        const detail =
            `the credentials cannot be read (${said}); check that ${file} is there and that the uploader's user or ` +
            "group may read it, as AWS_WEB_IDENTITY_TOKEN_FILE and the ServiceAccount's token are set up";
        return told("access", detail);
    }
    if (status === 401 || status === 403 || /Credential|Token/.test(name)) {
        const detail =
            `S3 refused the request for bucket "${bucketName}" (${said}); check the credentials, ` +
            "the role's policy and the bucket's policy, and that s3.kms_key_id is the bucket's key";
        return told("access", detail);
    }
    if (status === undefined || status < 200) {
        const detail = `S3 cannot be reached (${said}); check the network and AWS_ENDPOINT_URL_S3`;
        return told("unreachable", detail, { when: "later" });
    }
    if (status >= 500 || status === 408 || status === 409 || passing.has(name)) {
        return told("s3", `S3 answered ${status} (${said})`, { when: "later" });
    }
    return told("s3", `S3 answered ${status} (${said})`);
}
