// What can go wrong between the uploader and S3, each with 200 archives. After each fault, one clean pass has to end with
// every archive in the bucket, intact, once, named by its manifest, and no local archive gone before that.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { uploaderNodeOptions } from "../../../workloads/s3-uploader/node-options.ts";
import { ProxiedStore, storeStartTimeout } from "./proxied-store.ts";
import { type RecordedRequest, refusal, type S3Proxy } from "./s3-proxy.ts";
import type { TestBucket } from "./test-bucket.ts";
import { type FinishedPass, UploaderBed } from "./uploader-process.ts";

const archiveCount = 200;
const manifestKey = "2025/09/10/metadata/upload_manifest.json";

const isArchivePut = ({ method, key }: RecordedRequest) => method === "PUT" && key.includes("/archive/");
const md5 = (bytes: Buffer) => createHash("md5").update(bytes).digest("hex");

describe("With 200 archives, all is well after one clean pass when", () => {
    let store: ProxiedStore;
    let proxy: S3Proxy;
    let bed: UploaderBed;
    let bucket: TestBucket;
    let environment: Readonly<Record<string, string>>;
    let config: string;
    /** The archives as they were written, by their path below the archive directory. */
    const archives = new Map<string, Buffer>();

    before(async function () {
        this.timeout(storeStartTimeout);
        store = await ProxiedStore.start();
        ({ proxy } = store);
        bed = await UploaderBed.make();
        environment = store.environment;
        for (let index = 0; index < archiveCount; index++) {
            const time = new Date(Date.UTC(2025, 8, 10, 0, 0, index)).toISOString().slice(11, 19).replaceAll(":", "");
            const node = index % 3 === 0 ? "worker-2/" : "";
            archives.set(
                `${node}app_pod-${index}_20250910_${time}.log.gz`,
                gzipSync(`${index},`.repeat(index * 20 + 1)),
            );
        }
    });
    after(async () => {
        await store?.stop();
        await bed?.remove();
    });
    beforeEach(async () => {
        proxy.reset();
        bucket = await store.newBucket();
        config = await bed.config(bucket.name);
        await fill();
    });

    async function fill(): Promise<void> {
        await bed.clear();
        for (const [path, bytes] of archives) {
            await bed.file(path, bytes);
        }
    }

    const keyOf = (path: string) => `2025/09/10/archive/${path}`;
    const reasonsOf = (run: FinishedPass) => [...new Set(run.summary.failures.map(({ reason }) => reason))].sort();

    /** Fails if an archive is gone here that is not intact and named there. */
    async function assertNothingLost(): Promise<void> {
        const here = new Set(await bed.localFiles());
        const gone = [...archives].filter(([path]) => !here.has(path));
        if (gone.length === 0) {
            return;
        }
        const there = await bucket.digests();
        const { entries } = await bucket.manifest(manifestKey);
        const named = new Set(entries.map(({ key }) => key));
        for (const [path, bytes] of gone) {
            assert.equal(there.get(keyOf(path)), md5(bytes), `${path} is gone here and not intact in the bucket`);
            assert.ok(named.has(keyOf(path)), `${path} is gone here and not named by the manifest`);
        }
    }

    /** Fails unless everything is where it has to be after a clean pass. */
    async function assertAllArchived(expected: ReadonlyMap<string, Buffer> = archives): Promise<void> {
        const digests = [...expected].map(([path, bytes]) => [keyOf(path), md5(bytes)] as const);
        const there = await bucket.digests();
        assert.deepEqual([...there].filter(([key]) => key !== manifestKey).sort(), [...digests].sort());
        const { entries } = await bucket.manifest(manifestKey);
        const named = entries.map(({ key, sha256, size }) => `${key} ${size} ${sha256}`);
        const right = [...expected].map(([path, bytes]) => {
            const sha256 = createHash("sha256").update(bytes).digest("hex");
            return `${keyOf(path)} ${bytes.length} ${sha256}`;
        });
        assert.deepEqual(named, right.sort());
        assert.deepEqual(await bed.localFiles(), []);
    }

    async function cleanPass(expected: ReadonlyMap<string, Buffer> = archives): Promise<FinishedPass> {
        proxy.reset();
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        await assertAllArchived(expected);
        return run;
    }

    async function faultyPass(more: Record<string, string> = {}): Promise<FinishedPass> {
        const run = await bed.once(config, { ...environment, ...more });
        await assertNothingLost();
        return run;
    }

    it("S3 answers 500 and 503 in bursts, which one pass survives", async () => {
        proxy.treat = (_, index) => (index % 20 > 14 ? refusal(index % 2 ? 500 : 503, "InternalError") : undefined);
        const run = await faultyPass();
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.ok(run.summary.retries > 50);
        await assertAllArchived();
    });

    it("S3 throttles: nothing is asked for as long as it says, then the pass goes on", async () => {
        let throttledAt = 0;
        let duringPause = 0;
        proxy.treat = (_, index) => {
            if (index >= 60 && index < 64) {
                throttledAt ||= performance.now();
                return refusal(503, "SlowDown", { "retry-after": "2" });
            }
            // What was under way when S3 said so may still come in.
            const since = performance.now() - throttledAt;
            duringPause += throttledAt > 0 && since > 500 && since < 1800 ? 1 : 0;
            return undefined;
        };
        const run = await faultyPass();
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.equal(duringPause, 0);
        await assertAllArchived();
    });

    it("connections are reset in the middle of bodies", async () => {
        proxy.treat = (request, index) =>
            request.method === "PUT" && index % 9 === 0 ? { resetAfterBytes: 1 } : undefined;
        const run = await faultyPass();
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.ok(run.summary.retries > 10);
        await assertAllArchived();
    });

    it("an answer never comes to a put, a look-up, a list and a manifest", async () => {
        const silent = new Set<string>();
        proxy.treat = ({ method, key, query }) => {
            const kind = key === manifestKey ? `${method} manifest` : query.has("list-type") ? "list" : method;
            if (silent.has(kind)) {
                return undefined;
            }
            silent.add(kind);
            return { isSilent: true };
        };
        const run = await faultyPass({ S3_TIMEOUT_SECONDS: "1" });
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.deepEqual([...silent].sort(), ["GET manifest", "HEAD", "PUT", "PUT manifest", "list"]);
        await assertAllArchived();
    });

    it("S3 stores other bytes than it was sent", async () => {
        let count = 0;
        proxy.treat = (request) => {
            if (!isArchivePut(request) || count++ % 10 !== 0) {
                return undefined;
            }
            const metadata = Object.entries(request.headers)
                .filter(([name]) => name.startsWith("x-amz-meta-"))
                .map(([name, value]) => [name.slice("x-amz-meta-".length), String(value)]);
            const spoil = bucket.put(request.key, Buffer.from("spoiled"), Object.fromEntries(metadata));
            return { answer: { status: 200, headers: { etag: '"x"' } }, before: spoil };
        };
        const run = await faultyPass();
        assert.equal(run.status, 1);
        assert.deepEqual(reasonsOf(run), ["unconfirmed"]);
        assert.equal(run.summary.failures.length, archiveCount / 10);
        const clean = await cleanPass();
        assert.equal(clean.summary.uploaded, archiveCount / 10);
        const [spoiled] = run.summary.failures.map(({ subject }) =>
            keyOf(subject.slice(join(bed.root, "archive/").length)),
        );
        assert.equal(await bucket.versions(spoiled ?? ""), 2);
    });

    it("S3 answers 200 and stores nothing", async () => {
        let count = 0;
        proxy.treat = (request) =>
            isArchivePut(request) && count++ % 10 === 0
                ? { answer: { status: 200, headers: { etag: '"x"' } } }
                : undefined;
        const run = await faultyPass();
        assert.equal(run.status, 1);
        assert.deepEqual(reasonsOf(run), ["unconfirmed"]);
        assert.equal(run.summary.failures.length, archiveCount / 10);
        await cleanPass();
    });

    it("the credentials expire in the middle of a pass and cannot be renewed", async () => {
        proxy.treat = (_, index) => (index >= 150 ? refusal(400, "ExpiredToken") : undefined);
        const run = await faultyPass();
        assert.equal(run.status, 1);
        assert.deepEqual(reasonsOf(run), ["access"]);
        assert.match(run.summary.failures[0]?.detail ?? "", /credentials expired .*ExpiredToken/);
        await cleanPass();
    });

    it("DNS does not know S3, which is told within seconds", async () => {
        const start = performance.now();
        const run = await faultyPass({ AWS_ENDPOINT_URL_S3: "http://s3.invalid" });
        assert.ok(performance.now() - start < 20_000);
        assert.equal(run.status, 1);
        assert.deepEqual(reasonsOf(run), ["unreachable"]);
        assert.match(run.summary.failures[0]?.detail ?? "", /s3\.invalid.*check the network/);
        await cleanPass();
    });

    for (const [how, error] of [
        ["behind", -3_600_000],
        ["ahead of", 3_600_000],
    ] as const) {
        it(`this machine's clock is an hour ${how} S3's, which one pass survives`, async () => {
            const wrongClock = join(import.meta.dirname, "wrong-clock.ts");
            const run = await faultyPass({
                NODE_OPTIONS: `${uploaderNodeOptions} --import "${wrongClock}"`,
                CLOCK_ERROR_MILLISECONDS: String(error),
            });
            assert.equal(run.status, 0, JSON.stringify(run.summary));
            assert.ok(run.summary.retries >= 1 && run.summary.retries < 10, `${run.summary.retries} retries`);
            await assertAllArchived();
        });
    }

    it("the disks of the archives and of temporary files are full", async () => {
        const volume = join(bed.root, "archive");
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", volume]);
        try {
            for (const [path, bytes] of archives) {
                await bed.file(path, bytes);
            }
            const full = writeFile(join(volume, "full"), Buffer.alloc(8 * 1024 ** 2));
            await assert.rejects(full, { code: "ENOSPC" });
            const run = await faultyPass({ TMPDIR: volume });
            assert.equal(run.status, 0, JSON.stringify(run.summary));
            await rm(join(volume, "full"));
            await assertAllArchived();
        } finally {
            execFileSync("umount", [volume]);
        }
    });

    it("S3 goes away for some seconds in the middle of a pass, which one pass survives", async () => {
        let goneSince = 0;
        proxy.treat = (_, index) => {
            goneSince ||= index === 100 ? performance.now() : 0;
            return goneSince > 0 && performance.now() - goneSince < 4_000 ? { resetAfterBytes: 0 } : undefined;
        };
        const run = await faultyPass();
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        await assertAllArchived();
    });

    it("S3 goes away for longer than the uploader is patient, which ends the pass", async () => {
        let isGone = false;
        proxy.treat = (_, index) => {
            isGone ||= index >= 100;
            return isGone ? { resetAfterBytes: 0 } : undefined;
        };
        const run = await faultyPass({ OUTAGE_PATIENCE_SECONDS: "2" });
        assert.ok(isGone, "S3 went away");
        assert.equal(run.status, 1);
        assert.deepEqual(reasonsOf(run), ["unreachable"]);
        await cleanPass();
    });

    it("the uploader is killed again and again", async () => {
        let killed = 0;
        for (let requests = 15; requests <= 195; requests += 90) {
            proxy.reset();
            const reached = new Promise<void>((resolve) => {
                proxy.treat = (_, index) => {
                    if (index === requests) {
                        resolve();
                    }
                    return undefined;
                };
            });
            const run = bed.start(["--config", config, "--once", "--log-root", bed.root], environment);
            await Promise.race([reached, run.ended]);
            run.kill("SIGKILL");
            killed += (await run.ended).signal === "SIGKILL" ? 1 : 0;
            await assertNothingLost();
        }
        assert.equal(killed, 3);
        await cleanPass();
    });

    /** What S3 has answered last when the uploader is killed, which has not had the answer yet: every step of a pass. */
    const lastAnswers: readonly (readonly [what: string, number: number, is: (request: RecordedRequest) => boolean])[] =
        [
            ["the list of the day", 1, ({ query }) => query.has("list-type")],
            ["the put of an archive amid the others", archiveCount / 2, isArchivePut],
            ["the put of the last archive", archiveCount, isArchivePut],
            ["the list that confirms the puts", 2, ({ query }) => query.has("list-type")],
            ["the manifest that is to be merged", 1, ({ method, key }) => method === "GET" && key === manifestKey],
            ["the put of the manifest", 1, ({ method, key }) => method === "PUT" && key === manifestKey],
            ["the manifest that is read back", 2, ({ method, key }) => method === "GET" && key === manifestKey],
        ];
    for (const [what, number, is] of lastAnswers) {
        it(`it is killed when S3 has answered ${what}`, async () => {
            let release: () => void = () => undefined;
            const released = new Promise<void>((resolve) => {
                release = resolve;
            });
            let seen = 0;
            const reached = new Promise<string>((resolve) => {
                proxy.treat = (request) => {
                    seen += is(request) ? 1 : 0;
                    const after = () => {
                        resolve("reached");
                        return released;
                    };
                    return is(request) && seen === number ? { after } : undefined;
                };
            });
            const run = bed.start(["--config", config, "--once", "--log-root", bed.root], environment);
            assert.equal(await Promise.race([reached, run.ended.then(() => "ended")]), "reached");
            run.kill("SIGKILL");
            assert.equal((await run.ended).signal, "SIGKILL");
            release();
            assert.equal((await bed.localFiles()).length, archiveCount, "nothing is deleted before the last answer");
            await cleanPass();
            for (const path of [...archives.keys()].slice(0, 3)) {
                assert.equal(await bucket.versions(keyOf(path)), 1);
            }
        });
    }

    it("it is killed while it deletes what is confirmed", async () => {
        let manifestStored = false;
        proxy.treat = ({ method, key }) => {
            manifestStored ||= method === "PUT" && key === manifestKey;
            return undefined;
        };
        const run = bed.start(["--config", config, "--once", "--log-root", bed.root], environment);
        while (!manifestStored || (await bed.localFiles()).length === archiveCount) {
            await sleep(1);
        }
        run.kill("SIGKILL");
        await run.ended;
        await assertNothingLost();
        await cleanPass();
    });

    it("two uploaders work at once", async () => {
        const runs = await Promise.all([bed.once(config, environment), bed.once(config, environment)]);
        assert.deepEqual(
            runs.map(({ status, stdout }) => (status === 0 ? "" : stdout.slice(-2000))),
            ["", ""],
        );
        await assertAllArchived();
        for (const path of [...archives.keys()].slice(0, 3)) {
            assert.equal(await bucket.versions(keyOf(path)), 1);
        }
    });

    it("archives grow, are replaced or vanish during their upload", async () => {
        const paths = [...archives.keys()];
        const [growing = "", replaced = "", vanishing = ""] = paths.slice(100);
        const replacement = gzipSync("another content\n");
        const meddle: Record<string, () => Promise<void>> = {
            [keyOf(growing)]: () => appendFile(join(bed.root, "archive", growing), gzipSync("more\n")),
            [keyOf(replaced)]: () => bed.file(replaced, replacement),
            [keyOf(vanishing)]: () => rm(join(bed.root, "archive", vanishing)),
        };
        const done = new Set<string>();
        proxy.treat = (request) => {
            if (request.method !== "PUT" || done.has(request.key) || !meddle[request.key]) {
                return undefined;
            }
            done.add(request.key);
            return { ...refusal(503, "ServiceUnavailable"), before: meddle[request.key]?.() };
        };
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.equal(run.summary.changed, 2);
        assert.deepEqual(await bed.localFiles(), [growing, replaced].sort());
        const expected = new Map(archives).set(replaced, replacement);
        expected.set(growing, await readFile(join(bed.root, "archive", growing)));
        // Its bytes were held open: it is archived as it was.
        await cleanPass(expected);
    });

    it("a manifest is damaged, of which the bucket keeps the version", async () => {
        await bed.clear();
        for (const [path, bytes] of [...archives].slice(0, archiveCount / 2)) {
            await bed.file(path, bytes);
        }
        await bed.once(config, environment);
        await fill();
        const before = await bucket.manifest(manifestKey);
        await bucket.put(manifestKey, (await bucket.read(manifestKey)).subarray(0, 5000));
        const versions = await bucket.versions(manifestKey);
        const run = await cleanPass();
        assert.equal(run.summary.rebuiltManifests, 1);
        assert.match(run.stdout, /is damaged: .*rebuilt from the objects of its day/);
        assert.equal(await bucket.versions(manifestKey), versions + 1);
        const after = await bucket.manifest(manifestKey);
        const kept = before.entries.map(({ key }) => after.entries.find((entry) => entry.key === key));
        assert.deepEqual(kept, before.entries);
    });
}).timeout(120_000);
