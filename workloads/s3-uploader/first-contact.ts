// Waits until S3 lets the uploader into the bucket: at the start, when the process is not ready before, and after a pass
// that S3 kept from its work.

import { setTimeout as sleep } from "node:timers/promises";
import type { ArchiveStore } from "./archive-store.ts";
import { asUploadError } from "./failure.ts";
import { log } from "./log.ts";

/** Milliseconds before S3 is asked again. IAM takes some seconds to let a new key or role in, a broken set-up longer. */
const firstDelay = 2_000;
const longestDelay = 60_000;

/** How far the uploader has come with S3. */
export class FirstContact {
    #problem: string | undefined = "S3 has not answered yet";

    /** Why S3 has not let it in yet; undefined once it has, for good. */
    get problem(): string | undefined {
        return this.#problem;
    }

    /** Asks S3 for the bucket until it lets the uploader in, or the uploader is told to stop. */
    async make(store: ArchiveStore, stop: AbortSignal): Promise<void> {
        const isIn = await untilReached(store, stop, (problem) => {
            this.#problem = problem;
        });
        if (isIn) {
            this.#problem = undefined;
        }
    }
}

/**
 * Asks S3 for the bucket until it lets the uploader in.
 *
 * @param onProblem told each time why it does not
 * @returns false when the uploader was told to stop before
 */
export async function untilReached(
    store: ArchiveStore,
    stop: AbortSignal,
    onProblem: (problem: string) => void = () => undefined,
): Promise<boolean> {
    for (let delay = firstDelay; !stop.aborted; delay = Math.min(2 * delay, longestDelay)) {
        try {
            await store.reach(stop);
            log("info", "S3 lets the uploader in");
            return true;
        } catch (error) {
            const { message, reason } = asUploadError(error, "unreachable");
            onProblem(message);
            if (!stop.aborted) {
                log("warning", message, { reason, againInSeconds: delay / 1000 });
            }
        }
        // It ends early only to stop.
        await sleep(delay, undefined, { signal: stop }).catch(() => undefined);
    }
    return false;
}
