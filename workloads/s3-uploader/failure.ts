// Why something of a pass did not work, as people, metrics and the summary are told.

import { messageOf } from "../error-message.ts";

/** Every reason by which failures are counted; the label `reason` of the metric. docs/operations.md explains each. */
export const failureReasons = [
    "config",
    "name",
    "directory",
    "unreadable",
    "not-gzip",
    "conflict",
    "unconfirmed",
    "manifest",
    "unreachable",
    "throttled",
    "access",
    "s3",
    "delete",
    "stopped",
    "internal",
] as const;

/** One of {@link failureReasons}. */
export type FailureReason = (typeof failureReasons)[number];

/** One thing that did not work. */
export interface Failure {
    readonly reason: FailureReason;
    /** Path of the archive or the directory, key of the manifest, or key of the configuration. */
    readonly subject: string;
    /** What happened and how to fix it. */
    readonly detail: string;
}

/**
 * What a repetition has to wait for: `later` for S3 to recover, `slower` for S3 to be asked less, `now` for nothing,
 * because what was wrong (the clock, the credentials) has been put right.
 */
export interface Again {
    readonly when: "later" | "slower" | "now";
    /** Seconds that S3 itself asked to wait. */
    readonly afterSeconds?: number;
}

/** What may be told of an {@link UploadError} beside its reason. */
export interface UploadErrorOptions extends ErrorOptions {
    /** Undefined: a repetition would fail in the same way. */
    readonly again?: Again;
    /** S3 itself is at fault: everything else of the pass would fail too. False by default. */
    readonly endsPass?: boolean;
}

/** An error whose reason is known. */
export class UploadError extends Error {
    readonly reason: FailureReason;
    readonly again: Again | undefined;
    /** Whether S3 itself is at fault, so that going on with the pass is in vain. */
    readonly endsPass: boolean;

    constructor(reason: FailureReason, message: string, options: UploadErrorOptions = {}) {
        super(message, { cause: options.cause });
        this.reason = reason;
        this.again = options.again;
        this.endsPass = options.endsPass ?? false;
    }
}

/** An error as it is, or one of this reason for an error whose reason nobody has told. */
export function asUploadError(error: unknown, otherwise: FailureReason, what = ""): UploadError {
    if (error instanceof UploadError) {
        return error;
    }
    const message = messageOf(error);
    return new UploadError(otherwise, what === "" ? message : `${what} (${message})`, { cause: error });
}
