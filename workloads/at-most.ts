// Bounded parallelism.

/**
 * Runs `work` for every item in order, at most `limit` at the same time. An item is taken only when there is a place for
 * its work. When `work` rejects, so does this, and no further item of an iterator that can be closed is taken.
 */
export async function atMost<T>(limit: number, items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
    const queue = items[Symbol.iterator]();
    const rest = { [Symbol.iterator]: () => queue };
    const worker = async (): Promise<void> => {
        for (const item of rest) {
            await work(item);
        }
    };
    await Promise.all(Array.from({ length: limit }, worker));
}

/** Lets a number of pieces of work be under way at the same time, wherever they are begun; the others wait in line. */
export class Slots {
    #free: number;
    readonly #waiting: (() => void)[] = [];

    constructor(count: number) {
        this.#free = count;
    }

    /** Does the work as soon as a slot is free. */
    async run<T>(work: () => Promise<T>): Promise<T> {
        if (this.#free > 0) {
            this.#free -= 1;
        } else {
            await new Promise<void>((resolve) => this.#waiting.push(resolve));
        }
        try {
            return await work();
        } finally {
            const next = this.#waiting.shift();
            if (next) {
                next();
            } else {
                this.#free += 1;
            }
        }
    }
}
