import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../lab/free-port.ts";
import { ArchiveMemory } from "../../../workloads/s3-uploader/archive-memory.ts";
import type { ArchiveStore } from "../../../workloads/s3-uploader/archive-store.ts";
import { parseConfig } from "../../../workloads/s3-uploader/config.ts";
import { nextPass, serve } from "../../../workloads/s3-uploader/serve.ts";
import { sendManyHostile } from "../hostile-requests.ts";
import { S3Proxy } from "./s3-proxy.ts";
import { type TestBucket, TestS3 } from "./test-bucket.ts";
import { type RunningUploader, UploaderBed } from "./uploader-process.ts";

const name = "app_application_20250910_120000.log.gz";
const key = `2025/09/10/archive/${name}`;

/** Value of a metric; `labels` as they are written, such as `{reason="name"}`. */
function metric(text: string, metricName: string, labels = ""): number {
    const prefix = `chattingo_s3_uploader_${metricName}${labels} `;
    const line = text.split("\n").find((one) => one.startsWith(prefix));
    assert.ok(line, `no ${prefix}in\n${text}`);
    return Number(line.slice(prefix.length));
}

/** What a log says that failed, each thing by itself. */
function errorsOf(stdout: string): { readonly reason: string; readonly subject: string; readonly message: string }[] {
    const lines = stdout.trimEnd().split("\n");
    return lines
        .map((line) => JSON.parse(line))
        .filter(({ level, reason }) => level === "error" && reason !== undefined);
}

describe("The serving uploader", () => {
    let s3: TestS3;
    let proxy: S3Proxy;
    let bed: UploaderBed;
    let bucket: TestBucket;
    let environment: Record<string, string>;
    let running: RunningUploader | undefined;

    before(async () => {
        s3 = await TestS3.shared();
        proxy = await S3Proxy.start(s3.endpoint);
        bed = await UploaderBed.make();
        environment = { ...s3.environment, AWS_ENDPOINT_URL_S3: proxy.endpoint, METRICS_PORT: "0" };
    });
    after(async () => {
        await proxy.stop();
        await bed.remove();
    });
    beforeEach(async () => {
        proxy.reset();
        await bed.clear();
        bucket = await s3.newBucket();
    });
    afterEach(async () => {
        running?.kill("SIGKILL");
        await running?.ended;
        running = undefined;
    });

    async function started(more = "", environmentMore: Record<string, string> = {}) {
        const config = await bed.config(bucket.name, more);
        const uploader = bed.start(["--config", config, "--log-root", bed.root], {
            ...environment,
            ...environmentMore,
        });
        running = uploader;
        const { port } = await uploader.line("started");
        const get = async (path: string) => {
            const response = await fetch(`http://127.0.0.1:${port}${path}`);
            return { status: response.status, text: await response.text() };
        };
        return { uploader, get };
    }

    it("makes a pass at start and shows what it did", async () => {
        const bytes = await bed.archive(name, "a\n");
        await bed.archive("backup.gz", "b\n");
        const { uploader, get } = await started();
        await uploader.line("pass ended");
        const { status, text } = await get("/metrics");
        assert.equal(status, 200);
        assert.equal(metric(text, "uploaded_objects_total"), 1);
        assert.equal(metric(text, "uploaded_bytes_total"), bytes.length);
        assert.equal(metric(text, "deleted_archives_total"), 1);
        assert.equal(metric(text, "failures_total", '{reason="name"}'), 1);
        assert.equal(metric(text, "failures_total", '{reason="unreachable"}'), 0);
        assert.equal(metric(text, "last_success_timestamp_seconds"), 0);
        assert.ok(metric(text, "last_pass_seconds") > 0);
        assert.equal(metric(text, "archives_waiting"), 1);
        for (const volume of ["log", "archive"]) {
            const size = metric(text, "volume_size_bytes", `{volume="${volume}"}`);
            const free = metric(text, "volume_free_bytes", `{volume="${volume}"}`);
            assert.ok(size > 0 && free >= 0 && free <= size);
        }
        await uploader.line("S3 lets the uploader in");
        assert.equal((await get("/readyz")).status, 200);
        assert.equal(JSON.parse((await get("/healthz")).text).s3, "reachable");
        assert.equal((await get("/")).status, 404);
    });

    it("counts the archives that passes found waiting, names those that fail, and lists no directory for a scrape", async () => {
        await bed.archive("chat_chat_20250910_130000.log.gz", "kept\n");
        await bed.archive(name, "a\n");
        await bed.archive("app_application_20250911_120000.log.gz", "a\n");
        proxy.treat = (request) =>
            request.method === "PUT" && request.key.includes("app_application")
                ? { answer: { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" } }
                : undefined;
        const { uploader, get } = await started("cleanup:\n  delete_after_upload: false\n  max_age_days: 3650\n");
        await uploader.line("pass ended");
        await bed.archive("app_application_20250909_120000.log.gz", "not found yet\n");
        const { text } = await get("/metrics");
        assert.equal(metric(text, "archives_waiting"), 2);
        const age = (Date.now() - Date.UTC(2025, 8, 10, 12)) / 1000;
        assert.ok(Math.abs(metric(text, "oldest_archive_age_seconds") - age) < 60);
        assert.equal(metric(text, "archive_failing", `{archive="archive/${name}",reason="access"}`), 1);
        assert.equal(text.match(/^chattingo_s3_uploader_archive_failing/gm)?.length, 2);
    });

    it("has no archive waiting after a pass that brought all of them", async () => {
        await bed.archive(name, "a\n");
        const { uploader, get } = await started("cleanup:\n  delete_after_upload: false\n  max_age_days: 3650\n");
        await uploader.line("pass ended");
        const { text } = await get("/metrics");
        assert.equal(metric(text, "archives_waiting"), 0);
        assert.equal(metric(text, "oldest_archive_age_seconds"), 0);
        const success = metric(text, "last_success_timestamp_seconds");
        assert.ok(Math.abs(success - Date.now() / 1000) < 60);
    });

    it("stays alive and says so when S3 cannot be reached", async () => {
        await bed.archive(name, "a\n");
        const { uploader, get } = await started("", { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1" });
        await uploader.line("pass ended");
        assert.equal((await get("/readyz")).status, 503);
        const health = await get("/healthz");
        assert.equal(health.status, 200);
        assert.equal(JSON.parse(health.text).s3, "unreachable");
        assert.equal(metric((await get("/metrics")).text, "failures_total", '{reason="unreachable"}'), 1);
        assert.deepEqual(await bed.localFiles(), [name]);
    });

    it("tells S3's troubles from its own: its own end the probe, and every metric stays", async () => {
        const { uploader, get } = await started("", { OUTAGE_PATIENCE_SECONDS: "1" });
        await uploader.line("S3 lets the uploader in");
        const before = await get("/healthz");
        assert.deepEqual([before.status, JSON.parse(before.text).status], [200, "alive"]);
        assert.equal(metric((await get("/metrics")).text, "s3_reachable"), 1);
        for (const [treatment, s3State] of [
            [{ answer: { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" } }, "refused"],
            [{ answer: { status: 500, body: "<Error><Code>InternalError</Code></Error>" } }, "failing"],
            [{ resetAfterBytes: 0 }, "unreachable"],
        ] as const) {
            proxy.treat = () => treatment;
            await bed.archive(name, "a\n");
            const serving = await started();
            await serving.uploader.line("pass ended");
            const health = await serving.get("/healthz");
            assert.equal(health.status, 200);
            assert.equal(JSON.parse(health.text).status, "waiting for S3");
            assert.equal(JSON.parse(health.text).s3, s3State);
            const { text } = await serving.get("/metrics");
            assert.equal(metric(text, "s3_reachable"), 0);
            assert.equal(metric(text, "archives_waiting"), 1);
            assert.ok(metric(text, "retries_total") >= (s3State === "refused" ? 0 : 3));
            serving.uploader.kill("SIGKILL");
            await serving.uploader.ended;
        }
        uploader.kill("SIGKILL");
        await uploader.ended;
    });

    it("tells of each archive that it cannot take in log and metric, and takes the others", async () => {
        await bed.file("app_text_20250910_120000.log.gz", "this is no gzip\n");
        await bed.file("app_nothing_20250910_120000.log.gz", "");
        await bed.archive("app_application.log.gz", "no date\n");
        await bed.archive("app_\n\u0007_20250910_120000.log.gz", "odd\n");
        await bed.archive("app_empty_20250910_120000.log.gz", "");
        await bed.archive(name, "good\n");
        const { uploader, get } = await started();
        await uploader.line("pass ended");
        const { text } = await get("/metrics");
        assert.equal(metric(text, "failures_total", '{reason="not-gzip"}'), 2);
        assert.equal(metric(text, "failures_total", '{reason="name"}'), 2);
        assert.equal(metric(text, "uploaded_objects_total"), 2);
        assert.equal(metric(text, "archives_waiting"), 4);
        assert.equal((await get("/healthz")).status, 200);
        uploader.kill("SIGKILL");
        const told = errorsOf((await uploader.ended).stdout).map(({ reason, subject, message }) => {
            assert.ok(message.length > 20, `${subject}: ${message}`);
            return [reason, subject.slice(bed.root.length)];
        });
        assert.deepEqual(told.sort(), [
            ["name", "/archive/app_\n\u0007_20250910_120000.log.gz"],
            ["name", "/archive/app_application.log.gz"],
            ["not-gzip", "/archive/app_nothing_20250910_120000.log.gz"],
            ["not-gzip", "/archive/app_text_20250910_120000.log.gz"],
        ]);
    });

    for (const [what, status, code, region, message] of [
        ["in another region", 301, "PermanentRedirect", "eu-west-1", /not in region us-east-1/],
        [
            "in another region, by its signature",
            400,
            "AuthorizationHeaderMalformed",
            "eu-west-1",
            /not in region us-east-1/,
        ],
        ["somebody else's", 403, "AccessDenied", "us-east-1", /refused the request for bucket .*check the credentials/],
        ["not there", 404, "NoSuchBucket", "us-east-1", /there is no bucket .*check s3\.bucket_name/],
    ] as const) {
        it(`says so in log and metric and goes on living when the bucket is ${what}`, async () => {
            const body = `<Error><Code>${code}</Code><Message>as S3 says it</Message></Error>`;
            proxy.treat = () => ({ answer: { status, headers: { "x-amz-bucket-region": region }, body } });
            await bed.archive(name, "precious\n");
            const { uploader, get } = await started();
            await uploader.line("pass ended");
            const { text } = await get("/metrics");
            assert.equal(metric(text, "failures_total", '{reason="access"}'), 1);
            assert.equal(metric(text, "archives_waiting"), 1);
            assert.equal((await get("/healthz")).status, 200);
            assert.match((await get("/readyz")).text, message);
            assert.deepEqual(await bed.localFiles(), [name]);
            uploader.kill("SIGKILL");
            const { stdout } = await uploader.ended;
            assert.match(errorsOf(stdout)[0]?.message ?? "", message);
        });
    }

    it("takes no access point for a bucket and no unknown key, says so in log and metric, and goes on living", async () => {
        for (const accessPoint of [
            "arn:aws:s3:us-east-1:999999999999:accesspoint/theirs",
            "theirs-hk3jq8pd3t5vh6xr7cq1u4y8ouse1a-s3alias",
        ]) {
            const config = await bed.configText(`s3:\n  bucket_name: ${accessPoint}\n  regoin: us-east-1\n`);
            running = bed.start(["--config", config, "--log-root", bed.root], environment);
            const { port } = await running.line("waiting for another configuration");
            const page = async (path: string) => {
                const response = await fetch(`http://127.0.0.1:${port}${path}`);
                return { status: response.status, text: await response.text() };
            };
            assert.equal(metric((await page("/metrics")).text, "failures_total", '{reason="config"}'), 2);
            assert.equal((await page("/healthz")).status, 200);
            assert.equal((await page("/readyz")).status, 503);
            running.kill("SIGKILL");
            const subjects = errorsOf((await running.ended).stdout).map(({ subject }) => subject);
            assert.deepEqual(subjects.sort(), ["s3.bucket_name", "s3.regoin"]);
        }
        assert.equal(proxy.requests.length, 0);
    });

    it("goes on whatever is sent to its port", async () => {
        const { uploader, get } = await started();
        const { port } = await uploader.line("started");
        await sendManyHostile(Number(port), 200);
        assert.equal((await get("/healthz")).status, 200);
        assert.equal((await get("/metrics")).status, 200);
    });

    it("shows the volume of the live logs where it is told that it is", async () => {
        const { get } = await started("", { LOG_VOLUME: "/dev/shm" });
        const { text } = await get("/metrics");
        const size = metric(text, "volume_size_bytes", '{volume="log"}');
        const stats = await statfs("/dev/shm");
        assert.equal(size, stats.blocks * stats.bsize);
    });

    it("goes on after a fault of its own, and says that it is broken", async () => {
        const context = {
            config: parseConfig("s3:\n  bucket_name: chattingo-logs\nupload:\n  schedule: '* * * * *'\n", "test"),
            logRoot: bed.root,
            nodeName: "node-a",
            partBytes: 5 * 1024 ** 2,
            outagePatienceSeconds: 1,
            memory: new ArchiveMemory(),
            // A pass looks at what it knows first; this one cannot.
            store: { trouble: undefined, reach: async () => undefined } as unknown as ArchiveStore,
        };
        Object.defineProperty(context, "memory", {
            get: () => {
                throw new Error("a bug");
            },
        });
        const stop = new AbortController();
        const port = await freePort();
        const serving = serve(context, { port }, { stop: stop.signal, abort: stop.signal });
        const health = () => fetch(`http://127.0.0.1:${port}/healthz`);
        while ((await health()).status === 200) {
            await sleep(20);
        }
        const page = (await (await health()).json()) as { status: string; lastPass: { broken: string } };
        assert.equal(page.status, "broken");
        assert.equal(page.lastPass.broken, "a bug");
        stop.abort();
        await serving;
    });

    it("is not ready before S3 has let it in once, and then makes up for the pass that was refused", async () => {
        await bed.archive(name, "a\n");
        const refusal = "<Error><Code>AccessDenied</Code><Message>the policy is not there yet</Message></Error>";
        proxy.treat = () => ({ answer: { status: 403, body: refusal } });
        const { uploader, get } = await started();
        assert.equal((await uploader.line("pass ended")).uploaded, 0);
        const { status, text } = await get("/readyz");
        assert.equal(status, 503);
        assert.match(text, /S3 refused the request for bucket/);
        assert.equal(JSON.parse((await get("/healthz")).text).s3, "refused");
        proxy.treat = () => undefined;
        await uploader.line("S3 lets the uploader in");
        assert.equal((await get("/readyz")).status, 200);
        await uploader.line("uploaded");
        uploader.kill("SIGTERM");
        await uploader.ended;
        assert.deepEqual(await bed.localFiles(), []);
        assert.ok((await bucket.keys()).includes(key));
    });

    it("stays ready when S3 goes away later, because a restart would not bring it back", async () => {
        const { uploader, get } = await started();
        await uploader.line("S3 lets the uploader in");
        proxy.treat = () => ({ answer: { status: 503, body: "<Error><Code>SlowDown</Code></Error>" } });
        assert.equal((await get("/readyz")).status, 200);
    });

    it("is not ready while a directory of archives is missing", async () => {
        const { get } = await started('upload:\n  upload_directories: ["missing/"]\n');
        const { status, text } = await get("/readyz");
        assert.equal(status, 503);
        assert.match(text, /cannot work in .*missing/);
    });

    it("ends at SIGTERM with what is under way finished, and nothing further begun", async () => {
        for (let minute = 10; minute < 30; minute++) {
            await bed.archive(`app_application_20250910_12${minute}00.log.gz`, `line ${minute}\n`);
        }
        let release: () => void = () => undefined;
        const released = new Promise<void>((resolve) => {
            release = resolve;
        });
        const held = new Promise<void>((resolve) => {
            proxy.treat = ({ method }) => {
                if (method === "PUT") {
                    resolve();
                    return { before: released };
                }
                return undefined;
            };
        });
        const { uploader } = await started();
        await held;
        uploader.kill("SIGTERM");
        // The signal has to arrive before the puts go on.
        await new Promise((resolve) => setTimeout(resolve, 300));
        release();
        const end = await uploader.ended;
        assert.equal(end.status, 0, end.stderr);
        const summary = JSON.parse(end.stdout.split("\n").find((line) => line.includes('"pass ended"')) ?? "{}");
        assert.equal(summary.uploaded, 4);
        assert.equal(summary.deleted, 4);
        assert.equal((await bed.localFiles()).length, 16);
        assert.equal((await bucket.manifest("2025/09/10/metadata/upload_manifest.json")).entries.length, 4);
        assert.equal(summary.failures[0].reason, "stopped");
    });

    it("ends at once at SIGTERM when it waits for the next pass", async () => {
        const { uploader } = await started();
        await uploader.line("pass ended");
        const start = performance.now();
        uploader.kill("SIGTERM");
        const end = await uploader.ended;
        assert.equal(end.status, 0);
        assert.equal(end.signal, null);
        assert.ok(performance.now() - start < 5_000);
        assert.match(end.stdout, /"message":"stopped"/);
    });

    it("leaves its port alone with --once, which runs beside it", async () => {
        await bed.archive(name, "a\n");
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, resolve));
        const address = server.address();
        const port = String(typeof address === "object" ? address?.port : undefined);
        try {
            const run = await bed.once(await bed.config(bucket.name), { ...environment, METRICS_PORT: port });
            assert.equal(run.status, 0, run.stderr);
            assert.ok((await bucket.keys()).includes(key));
            const serving = bed.start(["--config", await bed.config(bucket.name), "--log-root", bed.root], {
                ...environment,
                METRICS_PORT: port,
            });
            const end = await serving.ended;
            assert.equal(end.status, 1);
            assert.match(end.stderr, new RegExp(`port ${port} is taken`));
        } finally {
            server.close();
        }
    });

    it("goes by the schedule in UTC", () => {
        const after = new Date("2025-09-10T13:30:00Z");
        assert.equal(nextPass("0 */2 * * *", after).toISOString(), "2025-09-10T14:00:00.000Z");
        assert.equal(nextPass("0 0 29 2 *", after).toISOString(), "2028-02-29T00:00:00.000Z");
        assert.equal(nextPass("0 14 * * *", new Date("2025-09-10T14:00:00Z")).getUTCDate(), 11);
    });
});
