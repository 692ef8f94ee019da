// What takes long to start and serves several suites of a run of mocha.

import { after } from "mocha";

/**
 * Starts a thing for whoever asks first, gives the same to all who ask later, and ends it with the run, whichever suite
 * is last. To be called where a module is loaded, outside of any suite.
 */
export function sharedBySuites<T>(start: () => Promise<T>, stop: (thing: T) => Promise<void>): () => Promise<T> {
    let started: Promise<T> | undefined;
    after(async () => {
        // Whoever asked for what did not start has been told so.
        const thing = await started?.catch(() => undefined);
        if (thing !== undefined) {
            await stop(thing);
        }
    });
    return () => {
        started ??= start();
        return started;
    };
}
