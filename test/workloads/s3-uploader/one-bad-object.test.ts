// Faults of one object, which must hold up no other.

import assert from "node:assert/strict";
import { ArchiveMemory } from "../../../workloads/s3-uploader/archive-memory.ts";
import { parseConfig } from "../../../workloads/s3-uploader/config.ts";
import { runPass } from "../../../workloads/s3-uploader/pass.ts";
import { withArchiveStore } from "./archive-store-in-process.ts";
import { ProxiedStore, storeStartTimeout } from "./proxied-store.ts";
import { type RecordedRequest, refusal, type S3Proxy } from "./s3-proxy.ts";
import type { TestBucket } from "./test-bucket.ts";
import { type FinishedPass, UploaderBed } from "./uploader-process.ts";

const archiveOf = (day: number, number: number) => `app_pod-${number}_202509${day}_120000.log.gz`;

describe("A fault of one object", () => {
    let store: ProxiedStore;
    let proxy: S3Proxy;
    let bed: UploaderBed;
    let bucket: TestBucket;
    let environment: Readonly<Record<string, string>>;
    let config: string;

    before(async function () {
        this.timeout(storeStartTimeout);
        store = await ProxiedStore.start();
        ({ proxy } = store);
        bed = await UploaderBed.make();
        environment = store.environment;
    });
    after(async () => {
        await store?.stop();
        await bed?.remove();
    });
    beforeEach(async () => {
        proxy.reset();
        await bed.clear();
        bucket = await store.newBucket();
        config = await bed.config(bucket.name);
    });

    async function fill(day: number, count: number): Promise<readonly string[]> {
        const names = Array.from({ length: count }, (_, number) => archiveOf(day, number));
        for (const name of names) {
            await bed.archive(name, `a line of ${name}\n`);
        }
        return names;
    }

    /** One pass, which has to bring everything but these archives, and to name these. */
    async function passBut(bad: readonly string[], reason: string): Promise<FinishedPass> {
        const all = await bed.localFiles();
        const run = await bed.once(config, environment);
        assert.equal(run.status, 1, JSON.stringify(run.summary));
        assert.equal(run.summary.cutShort, false);
        assert.deepEqual(await bed.localFiles(), [...bad].sort());
        assert.equal(run.summary.uploaded, all.length - bad.length);
        const failures = run.summary.failures.map((failure) => [failure.subject.split("/").at(-1), failure.reason]);
        assert.deepEqual(
            failures.sort(),
            [...bad].sort().map((name) => [name, reason]),
        );
        return run;
    }

    it("keeps no archive of a later day from its place when the connection of its put is reset", async () => {
        const [bad = ""] = await fill(10, 1);
        await fill(11, 10);
        const isBad = ({ method, key }: RecordedRequest) => method === "PUT" && key.endsWith(bad);
        proxy.treat = (request) => (isBad(request) ? { resetAfterBytes: 1 } : undefined);
        const run = await passBut([bad], "unreachable");
        assert.match(run.summary.failures[0]?.detail ?? "", /left to the next pass .* S3 does other things/);
        assert.ok(run.summary.seconds < 60, `${run.summary.seconds} s`);
    });

    it("keeps no archive of a later day from its place when S3 refuses to tell of it", async () => {
        const [bad = ""] = await fill(10, 1);
        await bucket.put(`2025/09/10/archive/${bad}`, Buffer.from("somebody else's"));
        await fill(11, 10);
        proxy.treat = ({ method, key }) =>
            method === "HEAD" && key.endsWith(bad) ? { answer: { status: 403 } } : undefined;
        await passBut([bad], "access");
    });

    it("keeps forty archives of the next day from nothing when five have it", async () => {
        const bad = await fill(10, 5);
        await fill(11, 40);
        proxy.treat = ({ method, key }) =>
            method === "PUT" && bad.some((name) => key.endsWith(name)) ? refusal(500, "InternalError") : undefined;
        await passBut(bad, "s3");
    }).timeout(180_000);

    it("keeps nothing from its place when it is the list of one day", async () => {
        await fill(10, 3);
        const good = await fill(11, 3);
        proxy.treat = ({ query }) =>
            query.get("prefix")?.startsWith("2025/09/10") ? refusal(500, "InternalError") : undefined;
        const run = await bed.once(config, environment);
        assert.equal(run.status, 1);
        assert.equal(run.summary.uploaded, good.length);
        assert.deepEqual(
            run.summary.failures.map(({ subject }) => subject),
            ["2025/09/10/metadata/upload_manifest.json"],
        );
    });

    it("has its object tried last by the next pass", async () => {
        const [bad = ""] = await fill(10, 1);
        await fill(11, 3);
        await withArchiveStore(bucket.name, environment, async (store) => {
            const { signal } = new AbortController();
            const context = {
                config: parseConfig(`s3: { bucket_name: ${bucket.name} }`, "test"),
                logRoot: bed.root,
                store,
                nodeName: "node-a",
                partBytes: 64 * 1024 ** 2,
                outagePatienceSeconds: 60,
                memory: new ArchiveMemory(),
            };
            proxy.treat = ({ method, key }) =>
                method === "PUT" && key.endsWith(bad) ? refusal(403, "AccessDenied") : undefined;
            const first = await runPass(context, { stop: signal, abort: signal });
            assert.deepEqual([first.uploaded, first.failures.length], [3, 1]);
            assert.deepEqual([...context.memory.failing.values()], ["access"]);
            await fill(12, 3);
            proxy.reset();
            const second = await runPass(context, { stop: signal, abort: signal });
            assert.deepEqual([second.uploaded, second.failures.length], [4, 0]);
            const puts = proxy.puts.filter((key) => key.includes("/archive/"));
            assert.equal(puts.at(-1)?.endsWith(bad), true, puts.join(" "));
            assert.equal(context.memory.failing.size, 0);
        });
    });

    it("waits as long as S3 asks on a look-up that says no more than 503", async () => {
        const [name = ""] = await fill(10, 1);
        await bucket.put(`2025/09/10/archive/${name}`, Buffer.from("somebody else's"));
        const heads: number[] = [];
        proxy.treat = ({ method }) => {
            if (method !== "HEAD") {
                return undefined;
            }
            heads.push(performance.now());
            return heads.length === 1 ? { answer: { status: 503, headers: { "retry-after": "3" } } } : undefined;
        };
        await bed.once(config, environment);
        assert.ok((heads[1] ?? 0) - (heads[0] ?? 0) >= 3000, `asked after ${(heads[1] ?? 0) - (heads[0] ?? 0)} ms`);
    });
}).timeout(120_000);
