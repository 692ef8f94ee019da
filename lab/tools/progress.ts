// What a person sees while the lab works: one line when a step starts, one when it ends, and a sign of life between.

/** Seconds between two signs of life of a step that takes long. */
const heartbeatSeconds = 20;

/** Prints one line of progress, with the time of day, on standard error so that results stay alone on standard output. */
export function say(line: string): void {
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

/**
 * Runs `work` as a named step: says when it starts, that it goes on, and how long it took or why it failed.
 *
 * @param expectation what a person should expect of the time, for example "about 4 min when built for the first time"
 * @param progress how far it is, asked for with each sign of life, for example "312 of 947 MB"
 */
export async function step<T>(
    name: string,
    expectation: string | undefined,
    work: () => Promise<T>,
    progress?: () => Promise<string>,
): Promise<T> {
    const started = Date.now();
    const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
    say(expectation ? `${name} (${expectation}) ...` : `${name} ...`);
    const showLife = async () => say(`${name}: ${progress ? await progress() : "still at it"}, ${seconds()} s`);
    const heartbeat = setInterval(showLife, heartbeatSeconds * 1000);
    try {
        const result = await work();
        say(`${name}: done in ${seconds()} s`);
        return result;
    } catch (error) {
        say(`${name}: failed after ${seconds()} s`);
        throw error;
    } finally {
        clearInterval(heartbeat);
    }
}
