// What an error of the AWS SDK means: the reason that people are told, and whether a repetition may help.

import { type Again, type FailureReason, UploadError } from "./failure.ts";

/** What messages say of the bucket. */
export interface BucketPlace {
    readonly bucketName: string;
    readonly region: string;
}

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

/** HTTP status that S3 answered; undefined when it did not answer. */
export function statusOf(error: unknown): number | undefined {
    return (error as SdkError).$metadata?.httpStatusCode;
}

/** Whether S3 calls the credentials expired, although the SDK took them for good. */
export function isExpired(error: unknown): boolean {
    return expired.has((error as Error).name);
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
    if (status === 429 || throttling.has(name)) {
        const afterSeconds = Number($response?.headers?.["retry-after"]) || undefined;
        return told("throttled", `S3 asks to slow down (${status} ${said})`, { when: "slower", afterSeconds });
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
