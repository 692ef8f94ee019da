// SIGTERM and SIGINT, as two steps: begin nothing new, and after a while drop what is under way.

import type { PassSignals } from "./pass-context.ts";

/** Seconds for what is under way, within the 30 that Kubernetes gives a pod to end where nothing else is said. */
const graceSeconds = 20;

/** Turns SIGTERM and SIGINT into the signals that a pass obeys. */
export function listenForStop(): PassSignals {
    const stop = new AbortController();
    const abort = new AbortController();
    const begin = (): void => {
        stop.abort();
        setTimeout(() => abort.abort(), graceSeconds * 1000).unref();
    };
    process.once("SIGTERM", begin);
    process.once("SIGINT", begin);
    return { stop: stop.signal, abort: abort.signal };
}
