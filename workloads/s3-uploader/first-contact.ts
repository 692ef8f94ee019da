// Waits until S3 lets the uploader into the bucket for the first time; until then the process is not ready.

import { setTimeout as sleep } from "node:timers/promises";
import type { ArchiveStore } from "./archive-store.ts";
import { asUploadError, type FailureReason } from "./failure.ts";
import { log } from "./log.ts";

/** Milliseconds before S3 is asked again. IAM takes some seconds to let a new key or role in, a broken set-up longer. */
const firstDelay = 2_000;
const longestDelay = 60_000;

/** How far the uploader has come with S3. */
export class FirstContact {
    #problem: { readonly message: string; readonly reason?: FailureReason } | undefined = {
        message: "S3 has not answered yet",
    };

    /** Why S3 has not let it in yet, without a reason before the first answer; undefined once it has, for good. */
    get problem(): { readonly message: string; readonly reason?: FailureReason } | undefined {
        return this.#problem;
    }

    /** Asks S3 for the bucket until it lets the uploader in, or the uploader is told to stop. */
    async make(store: ArchiveStore, stop: AbortSignal): Promise<void> {
        for (let delay = firstDelay; !stop.aborted; delay = Math.min(2 * delay, longestDelay)) {
            try {
                await store.reach(stop);
                this.#problem = undefined;
                log("info", "S3 lets the uploader in");
                return;
            } catch (error) {
                const { message, reason } = asUploadError(error, "unreachable");
                this.#problem = { message, reason };
                if (!stop.aborted) {
                    log("warning", message, { reason, againInSeconds: delay / 1000 });
                }
            }
            // It ends early only to stop.
            await sleep(delay, undefined, { signal: stop }).catch(() => undefined);
        }
    }
}
