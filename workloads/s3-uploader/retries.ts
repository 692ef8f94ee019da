// Repeats what failed for a moment only, and tells a fault of one object from a fault of S3.
//
// The rule: a failure counts against the object when S3 did something else since the attempt began, and eight of these leave
// the object to the next pass; any other failure counts against S3, and when S3 has done nothing for the patience of the
// pass, the pass ends.

import { setTimeout as sleep } from "node:timers/promises";
import { asUploadError, UploadError } from "./failure.ts";
import { log } from "./log.ts";

/** Failures that count against the object before it is left to the next pass: 17 s on average with the delays below. */
const mostFailures = 8;

/** Seconds for which S3 may do nothing before it did anything in this pass: a wrong address is to be told soon. */
const firstContactSeconds = 5;

/** Repetitions at once, after what was wrong had been put right. */
const attemptsPutRight = 3;

/** Milliseconds of the first delay at most, and of any. Each is twice the one before. */
const delays = { later: { first: 200, longest: 10_000 }, slower: { first: 500, longest: 20_000 } } as const;

/** Most seconds for which S3 may send everything to sleep: an answer that asks for more is wrong. */
const longestPauseSeconds = 3600;

/** What {@link Retries} need to know. */
export interface RetryOptions {
    /** For how long S3 may do nothing at all, seconds. */
    readonly outagePatienceSeconds: number;
    /** Asks S3 for something that concerns no object. */
    readonly reach: (signal: AbortSignal) => Promise<void>;
    /** Told of each failure that is not the last word. */
    readonly onRetry?: (error: UploadError) => void;
}

/** The repetitions of one pass. */
export class Retries {
    readonly #options: RetryOptions;
    #succeededAt: number | undefined;
    /** Since when S3 has done nothing; undefined while it does things. */
    #quietSince: number | undefined;
    #pausedUntil = 0;
    #probe: Promise<UploadError | undefined> | undefined;
    #fault: UploadError | undefined;

    constructor(options: RetryOptions) {
        this.#options = options;
    }

    /** The fault of S3 that ended the pass; undefined while there is none. */
    get faultOfStore(): UploadError | undefined {
        return this.#fault;
    }

    /**
     * Does the work, again while it fails with an `UploadError` that says a repetition may help.
     *
     * @param subject what the log calls it
     * @param work is told the number of the attempt, from 1
     * @throws the last error; {@link faultOfStore} when S3 itself is at fault, then at once for everything that is begun later
     */
    async run<T>(subject: string, signal: AbortSignal, work: (attempt: number) => Promise<T>): Promise<T> {
        let putRight = 0;
        let failures = 0;
        for (let attempt = 1; ; attempt++) {
            await sleep(Math.max(0, this.#pausedUntil - performance.now()), undefined, { signal });
            if (this.#fault) {
                throw this.#fault;
            }
            const begun = performance.now();
            try {
                const result = await work(attempt);
                this.#succeeded();
                return result;
            } catch (error) {
                if (!(error instanceof UploadError)) {
                    throw error;
                }
                if (error.endsPass) {
                    this.#fault ??= error;
                }
                const { again, reason, message, cause } = error;
                putRight += again?.when === "now" ? 1 : 0;
                if (again === undefined || putRight > attemptsPutRight) {
                    throw await this.#told(error, signal);
                }
                failures += (await this.#didSomethingElse(begun, error, signal)) ? 1 : 0;
                if (failures >= mostFailures) {
                    const detail = `${message}; left to the next pass after ${attempt} attempts, because S3 does other things`;
                    throw new UploadError(reason, detail, { cause });
                }
                this.#options.onRetry?.(error);
                const delay = this.#delay(attempt, again.when, again.afterSeconds ?? 0);
                const againInSeconds = Math.round(delay) / 1000;
                log("warning", `tried again: ${message}`, { reason, subject, attempt, againInSeconds });
                await sleep(delay, undefined, { signal });
            }
        }
    }

    /** An error that no repetition helps: S3's own when S3 refuses everything else too. */
    async #told(error: UploadError, signal: AbortSignal): Promise<UploadError> {
        // The answer to a HEAD has no body, so it may not say that it is about the credentials.
        if (error.endsPass || (error.reason !== "access" && error.reason !== "s3")) {
            return error;
        }
        const refusal = await this.#probed(signal);
        return refusal === undefined ? error : this.#end(refusal);
    }

    /**
     * Whether S3 did something else since a moment. When nothing else was asked of it, it is asked; not while it asks to
     * be left alone.
     *
     * @throws the fault of S3 when its time is over
     */
    async #didSomethingElse(since: number, error: UploadError, signal: AbortSignal): Promise<boolean> {
        if ((this.#succeededAt ?? 0) > since) {
            return true;
        }
        const isThrottled = error.again?.when === "slower";
        const refusal = isThrottled || error.again?.when === "now" ? error : await this.#probed(signal);
        if (refusal === undefined) {
            return true;
        }
        const { outagePatienceSeconds } = this.#options;
        const patience =
            this.#succeededAt === undefined
                ? Math.min(firstContactSeconds, outagePatienceSeconds)
                : outagePatienceSeconds;
        this.#quietSince ??= performance.now();
        if (refusal.again === undefined || performance.now() - this.#quietSince > patience * 1000) {
            throw this.#end(refusal);
        }
        return false;
    }

    /** Why S3 does nothing for anyone now; undefined when it does. Asked once for all who want to know. */
    #probed(signal: AbortSignal): Promise<UploadError | undefined> {
        this.#probe ??= this.#options
            .reach(signal)
            .then(
                () => {
                    this.#succeeded();
                    return undefined;
                },
                (error: unknown) => asUploadError(error, "unreachable"),
            )
            .finally(() => {
                this.#probe = undefined;
            });
        return this.#probe;
    }

    #succeeded(): void {
        this.#succeededAt = performance.now();
        this.#quietSince = undefined;
    }

    #end({ reason, message, cause }: UploadError): UploadError {
        this.#fault ??= new UploadError(reason, message, { cause, endsPass: true });
        return this.#fault;
    }

    /** Random, so that those who failed together do not come back together. Throttling holds up everything. */
    #delay(attempt: number, when: "later" | "slower" | "now", afterSeconds: number): number {
        if (when === "now") {
            return 0;
        }
        const { first, longest } = delays[when];
        const most = Math.min(longest, first * 2 ** (attempt - 1));
        const asked = Math.min(afterSeconds, longestPauseSeconds) * 1000;
        const delay = Math.max(asked, most / 2) + (Math.random() * most) / 2;
        if (when === "slower") {
            this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + delay);
            // S3 asked for the wait: it is no outage.
            if (this.#quietSince !== undefined) {
                this.#quietSince = Math.max(this.#quietSince, performance.now() + asked);
            }
        }
        return delay;
    }
}
