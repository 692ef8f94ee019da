// What the store is found to be able to do. AWS S3 can do all of it; of a store that `archive.endpoint` names it is found
// out by the first requests that need it, and said in the log and by /readyz.

import { UploadError } from "./failure.ts";
import { log } from "./log.ts";

const advice =
    "set archive.endpoint (AWS_ENDPOINT_URL_S3) to a store that does, or leave it empty for AWS; what a store must be able " +
    "to do is in docs/uploader.md";

/** What is known of a store. */
export class StoreAbilities {
    #takesChecksums = true;
    #tellsChecksums = true;
    #missing: string | undefined;
    #holdsConditions = false;

    /** Whether puts may carry the SHA-256 of their bytes. Where they may not, what was stored is read back. */
    get takesChecksums(): boolean {
        return this.#takesChecksums;
    }

    /** What the store lacks that nothing can stand in for; undefined while nothing is known to be missing. */
    get missing(): string | undefined {
        return this.#missing;
    }

    /** What the store lacks and is made up for; undefined when nothing. */
    get remark(): string | undefined {
        return this.#takesChecksums && this.#tellsChecksums
            ? undefined
            : "the store keeps no SHA-256, so each archive is read back before it is deleted here; a store that keeps it, at archive.endpoint, saves that";
    }

    /**
     * What becomes of a request that asked for something that the store does not know: it is asked again without checksums,
     * and when that does not help either, the store lacks what it also needs.
     */
    lacking(error: UploadError, hadChecksums: boolean, alsoNeeds: "nothing" | "conditions"): UploadError {
        const { message, cause } = error;
        if (hadChecksums) {
            if (this.#takesChecksums) {
                this.#takesChecksums = false;
                log("warning", `${message}; asked again without x-amz-checksum-sha256`);
            }
            return new UploadError("s3", message, { cause, again: { when: "now" } });
        }
        if (alsoNeeds === "nothing") {
            return error;
        }
        this.#takesChecksums = true;
        return this.#lacks(
            `${message}: it knows no conditional writes (If-None-Match, If-Match), without which an object could be overwritten`,
            cause,
        );
    }

    /** The store carried out a put whose condition did not hold. */
    ignoredCondition(key: string): UploadError {
        return this.#lacks(
            `S3 stored ${key} although it was there: it ignores the conditions of writes (If-None-Match), so an object could be overwritten`,
        );
    }

    /** Whether the store has shown that it holds to the conditions of writes. */
    get holdsConditions(): boolean {
        return this.#holdsConditions;
    }

    /** The store has refused a put whose condition did not hold. */
    heldCondition(): void {
        this.#holdsConditions = true;
        this.#missing = undefined;
    }

    /** An object was read back because the store told no SHA-256 of it. */
    toldNoChecksum(): void {
        if (this.remark === undefined) {
            this.#tellsChecksums = false;
            log("warning", this.remark ?? "");
        }
    }

    #lacks(what: string, cause?: unknown): UploadError {
        this.#missing = `${what}; ${advice}`;
        return new UploadError("s3", this.#missing, { cause, endsPass: true });
    }
}
