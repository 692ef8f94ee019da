// When the uploader tries again: later and later, at random times, and all together no sooner than S3 asks.

import assert from "node:assert/strict";
import { type Again, UploadError } from "../../../workloads/s3-uploader/failure.ts";
import { Retries } from "../../../workloads/s3-uploader/retries.ts";

/** Milliseconds by which a timer may be early, because both clocks are rounded. */
const rounding = 2;

describe("A request that failed for a moment", () => {
    const { random } = Math;
    const { signal } = new AbortController();

    afterEach(() => {
        Math.random = random;
    });

    const failure = (again: Again) => new UploadError("s3", "S3 answered 500", { again });

    /** Fails so many times, then works; when each attempt began, in milliseconds. */
    async function attempts(times: number, again: Again): Promise<readonly number[]> {
        const begun: number[] = [];
        await new Retries(60).run("it", signal, async (attempt) => {
            begun.push(performance.now());
            if (attempt <= times) {
                throw failure(again);
            }
        });
        return begun;
    }

    for (const [what, value, expected] of [
        ["soonest", 0, [0.1, 0.2, 0.4]],
        ["latest", 1, [0.2, 0.4, 0.8]],
    ] as const) {
        it(`is tried again after ${expected.join(", ")} s at the ${what}`, async () => {
            Math.random = () => value;
            const { result: begun, said } = await whileListening(() => attempts(expected.length, { when: "later" }));
            assert.deepEqual(said, expected);
            const waited = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
            assert.ok(
                waited.every((milliseconds, index) => milliseconds >= (expected[index] ?? 0) * 1000 - rounding),
                `waited ${waited} ms`,
            );
        });
    }

    it("is tried again at a random time, so that those who failed together do not come back together", async () => {
        const clients = 20;
        const { said } = await whileListening(() =>
            Promise.all(Array.from({ length: clients }, () => attempts(1, { when: "later" }))),
        );
        assert.equal(said.length, clients);
        assert.ok(said.every((seconds) => seconds >= 0.1 && seconds <= 0.2));
        assert.ok(Math.max(...said) - Math.min(...said) > 0.03, `all between ${said}`);
    });

    it("waits as long as S3 asks, and so does everything else of the pass", async () => {
        const retries = new Retries(60);
        let asked: () => void;
        const isAsked = new Promise<void>((resolve) => {
            asked = resolve;
        });
        const { said } = await whileListening(async () => {
            const throttled = retries.run("it", signal, async (attempt) => {
                if (attempt === 1) {
                    setImmediate(asked);
                    throw failure({ when: "slower", afterSeconds: 1 });
                }
            });
            await isAsked;
            const started = performance.now();
            await retries.run("another", signal, async () => undefined);
            assert.ok(performance.now() - started >= 900, `waited ${performance.now() - started} ms`);
            await throttled;
        });
        assert.ok((said[0] ?? 0) >= 1, `said ${said}`);
    });

    it("is given up after four attempts when S3 has done nothing yet", async () => {
        Math.random = () => 0;
        const { said } = await whileListening(() =>
            assert.rejects(attempts(100, { when: "later" }), /S3 answered 500; given up after 4 attempts/),
        );
        assert.equal(said.length, 3);
    });

    it("is not tried again when that would not help", async () => {
        let begun = 0;
        await assert.rejects(
            new Retries(60).run("it", signal, async () => {
                begun += 1;
                throw new UploadError("conflict", "another object has its key");
            }),
            /another object has its key/,
        );
        assert.equal(begun, 1);
    });
});

/** Runs the work and takes down the seconds after which it says that it will try again. */
async function whileListening<T>(work: () => Promise<T>): Promise<{ result: T; said: readonly number[] }> {
    const { write } = process.stdout;
    const said: number[] = [];
    process.stdout.write = (text: string | Uint8Array) => {
        said.push((JSON.parse(String(text)) as { againInSeconds: number }).againInSeconds);
        return true;
    };
    try {
        return { result: await work(), said };
    } finally {
        process.stdout.write = write;
    }
}
