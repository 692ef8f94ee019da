// Work on several logs at once: compression runs in threads of its own, so each processor can have a log.

/** Runs work as it comes, a limited number at once. */
export class AtOnce {
    readonly #limit: number;
    readonly #running = new Set<Promise<void>>();

    /** @param limit 1 or more */
    constructor(limit: number) {
        this.#limit = limit;
    }

    /**
     * Starts the work as soon as there is a place for it, and returns then.
     *
     * @param work must not reject
     */
    async start(work: () => Promise<void>): Promise<void> {
        while (this.#running.size >= this.#limit) {
            await Promise.race(this.#running);
        }
        const running = work().finally(() => this.#running.delete(running));
        this.#running.add(running);
    }

    /** Returns when all work is done. */
    async end(): Promise<void> {
        await Promise.all(this.#running);
    }
}
