// Starts a lab's programs, several at a time, and can be told that there must be no more of them.

import { type ProcessSpec, startProcess } from "./detached-process.ts";

/** Starts programs until it is closed. */
export interface Launcher {
    /** As {@link startProcess}, in the lab's folder. */
    start(spec: ProcessSpec): Promise<void>;
    /**
     * Forbids further starts and returns when those under way have ended, well or not. After it, what is to be stopped
     * is known completely: without it, a start that goes on beside one that failed would outlive the clean-up.
     */
    close(): Promise<void>;
}

/** A launcher for the lab with this state folder. */
export function createLauncher(stateFolder: string): Launcher {
    const underWay = new Set<Promise<void>>();
    let closed = false;
    return {
        start(spec) {
            if (closed) {
                return Promise.reject(new Error(`${spec.name} is not started, because another part failed`));
            }
            const start = startProcess(stateFolder, spec);
            underWay.add(start);
            return start.finally(() => underWay.delete(start));
        },
        async close() {
            closed = true;
            await Promise.allSettled(underWay);
        },
    };
}
