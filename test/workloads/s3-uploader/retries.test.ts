// When the uploader tries again: later and later, at random times, and all together no sooner than S3 asks.

import assert from "node:assert/strict";
import { type Again, UploadError } from "../../../workloads/s3-uploader/failure.ts";
import { Retries } from "../../../workloads/s3-uploader/retries.ts";
import { retryAfterSeconds } from "../../../workloads/s3-uploader/s3-error.ts";

/** Milliseconds by which a timer may be early, because both clocks are rounded. */
const rounding = 2;

describe("Retry-After", () => {
    const now = Date.parse("2025-09-10T12:00:00Z");

    it("is understood as seconds and as a date, and not at all when it is neither", () => {
        assert.equal(retryAfterSeconds("75", now), 75);
        assert.equal(retryAfterSeconds("Wed, 10 Sep 2025 12:01:15 GMT", now), 75);
        assert.equal(retryAfterSeconds("Wed, 10 Sep 2025 11:00:00 GMT", now), 0);
        assert.equal(retryAfterSeconds("soon", now), undefined);
        assert.equal(retryAfterSeconds(undefined, now), undefined);
    });
});

describe("A request that failed for a moment", () => {
    const { random } = Math;
    const { signal } = new AbortController();

    afterEach(() => {
        Math.random = random;
    });

    const answers = async (): Promise<void> => undefined;
    const failure = (again: Again) => new UploadError("s3", "S3 answered 500", { again });

    /** Fails so many times, then works; when each attempt began, in milliseconds. */
    async function attempts(times: number, again: Again, reach = answers): Promise<readonly number[]> {
        const begun: number[] = [];
        await new Retries({ outagePatienceSeconds: 60, reach }).run("it", signal, async (attempt) => {
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
        const retries = new Retries({ outagePatienceSeconds: 60, reach: answers });
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

    it("is left to the next pass after eight attempts when S3 does other things", async () => {
        Math.random = () => 0;
        const { said } = await whileListening(() =>
            assert.rejects(attempts(100, { when: "later" }), (error: UploadError) => {
                assert.match(error.message, /S3 answered 500; left to the next pass after 8 attempts/);
                return !error.endsPass;
            }),
        );
        assert.equal(said.length, 7);
    }).timeout(30_000);

    it("ends the pass within seconds when S3 has done nothing yet and does nothing else", async () => {
        const start = performance.now();
        const nothing = async (): Promise<void> => {
            throw failure({ when: "later" });
        };
        await whileListening(() =>
            assert.rejects(attempts(100, { when: "later" }, nothing), (error: UploadError) => error.endsPass),
        );
        assert.ok(performance.now() - start < 15_000);
    }).timeout(30_000);

    it("ends the pass when S3 refuses everything else too, and everything that is begun later at once", async () => {
        const refused = new UploadError("access", "S3 refused the request");
        const retries = new Retries({ outagePatienceSeconds: 60, reach: () => Promise.reject(refused) });
        const refuse = () => retries.run("it", signal, () => Promise.reject(refused));
        await assert.rejects(refuse, (error: UploadError) => error.endsPass && error.reason === "access");
        let begun = 0;
        await assert.rejects(
            retries.run("another", signal, async () => {
                begun += 1;
            }),
            /refused/,
        );
        assert.equal(begun, 0);
    });

    it("does not end the pass when S3 refuses it alone", async () => {
        const refused = new UploadError("access", "S3 refused the request");
        const retries = new Retries({ outagePatienceSeconds: 60, reach: answers });
        const refuse = () => retries.run("it", signal, () => Promise.reject(refused));
        await assert.rejects(refuse, (error: UploadError) => !error.endsPass && error.reason === "access");
        await retries.run("another", signal, async () => undefined);
    });

    it("waits 75 seconds when S3 asks for that", async () => {
        const stop = new AbortController();
        const retries = new Retries({ outagePatienceSeconds: 120, reach: answers });
        const { said } = await whileListening(async () => {
            const waiting = retries.run("it", stop.signal, async () => {
                throw failure({ when: "slower", afterSeconds: 75 });
            });
            setTimeout(() => stop.abort(), 200);
            await assert.rejects(waiting, { name: "AbortError" });
        });
        assert.ok((said[0] ?? 0) >= 75, `said ${said}`);
    });

    it("is not tried again when that would not help", async () => {
        let begun = 0;
        await assert.rejects(
            new Retries({ outagePatienceSeconds: 60, reach: answers }).run("it", signal, async () => {
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
