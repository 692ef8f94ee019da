// Repeats what failed for a moment only: later and later, at random times, and at S3's pace when S3 asks for that.

import { setTimeout as sleep } from "node:timers/promises";
import { UploadError } from "./failure.ts";
import { log } from "./log.ts";

/** Attempts before S3 has done anything in this pass: a wrong address is to be told soon. */
const attemptsWithoutContact = 4;

/** Attempts while S3 does other things: then the trouble is with this one. */
const attemptsBesideOthers = 12;

/** Things given up, S3 doing others meanwhile, before the pass ends: each costs a minute, and there may be thousands. */
const mostGivenUp = 4;

/** Repetitions at once, after what was wrong had been put right. */
const attemptsPutRight = 3;

/** Milliseconds of the first delay at most, and of any. Each is twice the one before. */
const delays = { later: { first: 200, longest: 10_000 }, slower: { first: 500, longest: 20_000 } } as const;

/** Most seconds for which S3 may send everything to sleep. */
const longestPauseSeconds = 60;

/** The repetitions of one pass. */
export class Retries {
    readonly #outagePatienceSeconds: number;
    readonly #onRetry: (error: UploadError) => void;
    #succeededAt: number | undefined;
    #pausedUntil = 0;
    #givenUp = 0;

    /**
     * @param outagePatienceSeconds for how long S3 may do nothing at all before the pass gives up
     * @param onRetry told of each failure that is not the last word
     */
    constructor(outagePatienceSeconds: number, onRetry: (error: UploadError) => void = () => undefined) {
        this.#outagePatienceSeconds = outagePatienceSeconds;
        this.#onRetry = onRetry;
    }

    /**
     * Does the work, again while it fails with an `UploadError` that says a repetition may help.
     *
     * @param subject what the log calls it
     * @param work is told the number of the attempt, from 1
     * @throws the last error; one that `endsPass` when little else succeeds either
     */
    async run<T>(subject: string, signal: AbortSignal, work: (attempt: number) => Promise<T>): Promise<T> {
        let putRight = 0;
        let failingSince: number | undefined;
        let lastFailure = Number.POSITIVE_INFINITY;
        for (let attempt = 1; ; attempt++) {
            await sleep(Math.max(0, this.#pausedUntil - performance.now()), undefined, { signal });
            try {
                const result = await work(attempt);
                this.#succeededAt = performance.now();
                return result;
            } catch (error) {
                if (!(error instanceof UploadError && error.again)) {
                    throw error;
                }
                const { again, reason, message, cause } = error;
                failingSince ??= performance.now();
                putRight += again.when === "now" ? 1 : 0;
                const othersSucceed = (this.#succeededAt ?? 0) > lastFailure;
                lastFailure = performance.now();
                if (putRight > attemptsPutRight || this.#isInVain(attempt, failingSince, othersSucceed)) {
                    this.#givenUp += 1;
                    const endsPass = error.endsPass || !othersSucceed || this.#givenUp >= mostGivenUp;
                    const detail = `${message}; given up after ${attempt} attempts`;
                    throw new UploadError(reason, detail, { cause, endsPass });
                }
                this.#onRetry(error);
                const delay = this.#delay(attempt, again.when, again.afterSeconds ?? 0);
                const againInSeconds = Math.round(delay) / 1000;
                log("warning", `tried again: ${message}`, { reason, subject, attempt, againInSeconds });
                await sleep(delay, undefined, { signal });
            }
        }
    }

    #isInVain(attempt: number, failingSince: number, othersSucceed: boolean): boolean {
        if (this.#succeededAt === undefined) {
            return attempt >= attemptsWithoutContact;
        }
        if (othersSucceed) {
            return attempt >= attemptsBesideOthers;
        }
        const quietSince = Math.max(failingSince, this.#succeededAt);
        return performance.now() - quietSince > this.#outagePatienceSeconds * 1000;
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
        }
        return delay;
    }
}
