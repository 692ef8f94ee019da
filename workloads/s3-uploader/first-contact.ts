// Waits until S3 lets the uploader into the bucket for the first time; until then the process is not ready.

import { setTimeout as sleep } from "node:timers/promises";
import type { ArchiveStore } from "./archive-store.ts";
import { asUploadError, type UploadError } from "./failure.ts";
import { log } from "./log.ts";

/** Milliseconds before S3 is asked again. IAM takes some seconds to let a new key or role in, a broken set-up longer. */
const firstDelay = 2_000;
const longestDelay = 60_000;

/** How far the uploader has come with S3. */
export interface FirstContact {
    /** Why S3 has not let it in yet; undefined once it has, whatever happens later. */
    readonly problem: () => UploadError | undefined;
    /** Settled when S3 has let it in, or the uploader is told to stop. */
    readonly settled: Promise<void>;
}

/** Asks S3 for the bucket until it answers. */
export function makeFirstContact(store: ArchiveStore, stop: AbortSignal): FirstContact {
    let problem: UploadError | undefined = asUploadError(new Error("S3 has not answered yet"), "unreachable");
    const ask = async (): Promise<void> => {
        for (let delay = firstDelay; !stop.aborted; delay = Math.min(2 * delay, longestDelay)) {
            try {
                await store.reach(stop);
                problem = undefined;
                log("info", "S3 lets the uploader in");
                return;
            } catch (error) {
                problem = asUploadError(error, "unreachable");
                if (!stop.aborted) {
                    log("warning", problem.message, { reason: problem.reason, againInSeconds: delay / 1000 });
                }
            }
            // Ends early only to stop.
            await sleep(delay, undefined, { signal: stop }).catch(() => undefined);
        }
    };
    return { problem: () => problem, settled: ask() };
}
