// Bounded parallelism.

/** Runs `work` for every item in order, at most `limit` at the same time. */
export async function atMost<T>(limit: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const queue = items.values();
    const worker = async (): Promise<void> => {
        for (const item of queue) {
            await work(item);
        }
    };
    await Promise.all(Array.from({ length: limit }, worker));
}
