// What a pass did, as it is counted, told in the log and shown in the end.

import { asUploadError, type Failure, type FailureReason } from "./failure.ts";
import { log } from "./log.ts";

/** What a pass did. */
export interface PassSummary {
    /** Archives found on the volume. */
    archives: number;
    uploaded: number;
    uploadedBytes: number;
    /** Archives that S3 had already. */
    alreadyThere: number;
    /** Local archives deleted after S3 had confirmed them. */
    deleted: number;
    /** Archives left for the next pass because they were being written. */
    changed: number;
    /** Requests that were tried again. */
    retries: number;
    /** Manifests that were damaged or gone and were rebuilt. */
    rebuiltManifests: number;
    seconds: number;
    /** Whether S3 itself was at fault, so that the pass ended before all archives were tried. */
    cutShort: boolean;
    failures: Failure[];
}

/** Counts what a pass does. */
export class PassReport {
    readonly #start = performance.now();
    readonly summary: PassSummary = {
        archives: 0,
        uploaded: 0,
        uploadedBytes: 0,
        alreadyThere: 0,
        deleted: 0,
        changed: 0,
        retries: 0,
        rebuiltManifests: 0,
        seconds: 0,
        cutShort: false,
        failures: [],
    };

    /** Takes down what did not work. */
    fail(subject: string, reason: FailureReason, detail: string): void {
        this.summary.failures.push({ reason, subject, detail });
        log("error", detail, { reason, subject });
    }

    /**
     * Takes down an error. A fault of S3 itself, which everything under way meets, is told once.
     *
     * @returns why it failed; undefined when that is no fault of the subject
     */
    failWith(subject: string, error: unknown, isAborted: boolean): FailureReason | undefined {
        const failure = isAborted
            ? asUploadError(error, "stopped", "the uploader was told to stop before this was done")
            : asUploadError(error, "unreadable", "cannot read it");
        if (!failure.endsPass || !this.summary.cutShort) {
            this.fail(subject, failure.reason, failure.message);
        }
        this.summary.cutShort ||= failure.endsPass;
        return failure.endsPass || isAborted ? undefined : failure.reason;
    }

    /** Ends it. */
    end(): PassSummary {
        this.summary.seconds = Math.round(performance.now() - this.#start) / 1000;
        return this.summary;
    }
}
