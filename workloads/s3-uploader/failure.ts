// Why something of a pass did not work, as people, metrics and the summary are told.

/** Every reason by which failures are counted; the label `reason` of the metric. */
export const failureReasons = [
    "name",
    "directory",
    "unreadable",
    "not-gzip",
    "too-large",
    "conflict",
    "unconfirmed",
    "manifest",
    "unreachable",
    "access",
    "s3",
    "delete",
    "stopped",
] as const;

/** One of {@link failureReasons}. */
export type FailureReason = (typeof failureReasons)[number];

/** One thing that did not work. */
export interface Failure {
    readonly reason: FailureReason;
    /** Path of the archive or the directory, or key of the manifest. */
    readonly subject: string;
    /** What happened and how to mend it. */
    readonly detail: string;
}

/** An error whose reason is known. */
export class UploadError extends Error {
    readonly reason: FailureReason;

    constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
        super(message, options);
        this.reason = reason;
    }

    /** Whether everything else of the pass would fail for the same reason, so that going on is in vain. */
    get endsPass(): boolean {
        return this.reason === "unreachable" || this.reason === "access" || this.reason === "stopped";
    }
}

/** An error as it is, or one of this reason for an error whose reason nobody has told. */
export function asUploadError(error: unknown, otherwise: FailureReason, what = ""): UploadError {
    if (error instanceof UploadError) {
        return error;
    }
    const message = error instanceof Error ? error.message : String(error);
    return new UploadError(otherwise, what === "" ? message : `${what} (${message})`, { cause: error });
}
