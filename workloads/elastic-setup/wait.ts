// Waiting for Elasticsearch and Kibana to come up, with a bound, and not for what no time will fix.

import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "./outcome.ts";

/** How long to wait, and how often to look. */
export interface Patience {
    /** Milliseconds after which it is given up. */
    readonly limit: number;
    /** Milliseconds between two looks. */
    readonly interval: number;
    /** Says once that, and for what, it waits. */
    readonly say: (line: string) => void;
}

/** What a look found: nothing in the way, or a reason to look again. */
export type Look = () => Promise<{ readonly ready: true } | { readonly ready: false; readonly reason: string }>;

/**
 * Looks until it is ready.
 *
 * @throws SetupError with the last reason, when the limit is over; what the look throws, at once
 */
export async function waitFor(what: string, look: Look, patience: Patience): Promise<void> {
    const started = performance.now();
    let said = false;
    for (;;) {
        const found = await look();
        if (found.ready) {
            return;
        }
        const seconds = Math.round((performance.now() - started) / 1000);
        if (performance.now() - started + patience.interval > patience.limit) {
            throw new SetupError(what, `it was not ready within ${Math.max(seconds, 1)} s: ${found.reason}`);
        }
        if (!said) {
            patience.say(`waiting for ${what}: ${found.reason}`);
            said = true;
        }
        await sleep(patience.interval);
    }
}
