// Waiting for what another process does.

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

const lookEveryMilliseconds = 100;

/**
 * What `look` finds, as soon as it finds something; a look that throws found nothing.
 *
 * @throws AssertionError that names `what` when it is not there within `seconds`
 */
export async function until<T>(what: string, seconds: number, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const found = await look().catch(() => undefined);
        if (found !== undefined) {
            return found;
        }
        assert.ok(Date.now() < end, `${what}: not within ${seconds} s`);
        await delay(lookEveryMilliseconds);
    }
}
