// The exporter as a process, beside a real Filebeat, a stand-in for a newer one, and the lab's Kibana.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../lab/free-port.ts";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { until } from "../../until.ts";
import { sendManyHostile } from "../hostile-requests.ts";

const program = join(import.meta.dirname, "../../../workloads/elastic-exporter/main.ts");

/** A metric's samples by their labels, as Prometheus' text has them. */
type Samples = Readonly<Record<string, number>>;

function parsed(text: string): Samples {
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
    );
}

describe("elastic-exporter", function () {
    this.timeout(90_000);

    const processes: ChildProcess[] = [];
    const servers: Server[] = [];
    const folders: string[] = [];

    afterEach(async () => {
        for (const child of processes.splice(0)) {
            if (child.exitCode === null && child.signalCode === null) {
                child.kill("SIGKILL");
                await once(child, "exit");
            }
        }
        for (const server of servers.splice(0)) {
            server.closeAllConnections();
            server.close();
        }
        for (const folder of folders.splice(0)) {
            rmSync(folder, { recursive: true });
        }
    });

    function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
        const child = spawn(command, args, {
            env: { PATH: process.env.PATH, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        child.stderr?.resume();
        processes.push(child);
        return child;
    }

    /** Starts the exporter, and returns what scrapes it. */
    async function exporter(env: Readonly<Record<string, string>>): Promise<() => Promise<Samples>> {
        const child = start(process.execPath, [program], { METRICS_PORT: "0", ...env });
        const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
        const port = /on port (\d+)/.exec(String(line))?.[1];
        return async () => {
            const response = await fetch(`http://127.0.0.1:${port}/metrics`);
            assert.equal(response.status, 200);
            return parsed(await response.text());
        };
    }

    it("goes on whatever is sent to its port", async () => {
        const filebeat = await serve({ "/stats": { body: {} } });
        const child = start(process.execPath, [program], { METRICS_PORT: "0", FILEBEAT_URL: filebeat });
        const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
        const port = Number(/on port (\d+)/.exec(String(line))?.[1]);
        await sendManyHostile(port, 50);
        assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
    });

    /** Answers paths with documents; the caller may change these. */
    async function serve(pages: Record<string, { status?: number; body: unknown }>): Promise<string> {
        const server = createServer((request, response) => {
            const page = pages[request.url ?? ""];
            response.writeHead(page ? (page.status ?? 200) : 404, { "content-type": "application/json" });
            response.end(JSON.stringify(page?.body ?? {}));
        }).listen(0, "127.0.0.1");
        servers.push(server);
        await once(server, "listening");
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    it("counts what a real Filebeat has sent, and says that this one does not tell of its inputs", async () => {
        const folder = mkdtempSync(join(tmpdir(), "elastic-exporter-"));
        folders.push(folder);
        writeFileSync(join(folder, "app.log"), "a line\n".repeat(25));
        const port = await freePort();
        writeFileSync(
            join(folder, "filebeat.yml"),
            JSON.stringify({
                "filebeat.inputs": [{ type: "filestream", id: "application", paths: [join(folder, "app.log")] }],
                "output.file": { path: join(folder, "out"), filename: "events" },
                http: { enabled: true, host: "127.0.0.1", port },
            }),
        );
        const filebeat = await toolBinary("filebeat");
        start(filebeat, ["-e", "-c", join(folder, "filebeat.yml"), "--path.home", folder, "--strict.perms=false"]);
        const scrape = await exporter({ FILEBEAT_URL: `http://127.0.0.1:${port}`, LOG_VOLUME: folder });
        const samples = await until("count of 25 events", 30, async () => {
            const found = await scrape();
            return (found.filebeat_output_events_acked_total ?? 0) >= 25 ? found : undefined;
        });
        assert.equal(samples.filebeat_up, 1);
        assert.equal(samples.filebeat_output_events_acked_total, 25);
        assert.equal(samples.filebeat_pipeline_events_published_total, 25);
        assert.equal(samples.filebeat_output_events_dropped_total, 0);
        assert.equal(samples.filebeat_pipeline_events_active, 0);
        assert.equal(samples.filebeat_inputs_reported, 0);
        assert.ok((samples.filebeat_log_volume_size_bytes ?? 0) > (samples.filebeat_log_volume_free_bytes ?? Infinity));
    });

    it("counts the events of each category where Filebeat tells of its inputs, and starts from zero with it", async () => {
        const input = (id: string, events: number) => ({
            id,
            input: "filestream",
            events_processed_total: events,
            bytes_processed_total: events * 100,
        });
        const pages: Record<string, { body: unknown }> = {
            "/stats": { body: { libbeat: { output: { events: { acked: 7, failed: 2 } } } } },
            "/inputs/": { body: [input("error", 5), input("chat", 12)] },
        };
        const scrape = await exporter({ FILEBEAT_URL: await serve(pages) });
        const first = await scrape();
        assert.equal(first['filebeat_events_total{category="error"}'], 5);
        assert.equal(first['filebeat_events_total{category="chat"}'], 12);
        assert.equal(first['filebeat_read_bytes_total{category="chat"}'], 1200);
        assert.equal(first.filebeat_output_events_failed_total, 2);
        assert.equal(first.filebeat_inputs_reported, 1);
        assert.equal((await scrape())['filebeat_events_total{category="error"}'], 5);
        pages["/inputs/"] = { body: [input("error", 1)] };
        const afterRestart = await scrape();
        assert.equal(afterRestart['filebeat_events_total{category="error"}'], 1);
        assert.equal(afterRestart['filebeat_events_total{category="chat"}'], undefined);
    });

    it("shows no old value of a Filebeat that is gone", async () => {
        const pages: Record<string, { status?: number; body: unknown }> = {
            "/stats": { body: { libbeat: { output: { events: { acked: 7 } } } } },
            "/inputs/": { body: [{ id: "error", events_processed_total: 5 }] },
        };
        const scrape = await exporter({ FILEBEAT_URL: await serve(pages) });
        assert.equal((await scrape()).filebeat_up, 1);
        pages["/stats"] = { status: 500, body: {} };
        assert.deepEqual(await scrape(), { filebeat_up: 0 });
    });

    it("counts why its canary could write no line, or look for none, and serves the rest", async () => {
        const canary = (changes: Readonly<Record<string, string>>) =>
            exporter({
                FILEBEAT_URL: "http://127.0.0.1:1",
                CANARY_FOLDER: "/there-is-no-such-folder",
                CANARY_STREAM: "canary-chattingo-test",
                CANARY_SECONDS: "0.1",
                NODE_NAME: "node-1",
                ELASTICSEARCH_URL: "http://127.0.0.1:1",
                ...changes,
            });
        const search = "/canary-chattingo-test/_search?ignore_unavailable=true&allow_partial_search_results=false";
        const broken = await serve({ [search]: { status: 503, body: { error: "no shard answers" } } });
        const empty = await serve({ [search]: { body: { hits: { hits: [] } } } });
        const strange = await serve({ [search]: { body: { hits: "many" } } });
        for (const [url, reasons] of [
            ["http://127.0.0.1:1", ["write", "unreachable"]],
            [broken, ["write", "answer"]],
            [strange, ["write", "answer"]],
            [empty, ["write"]],
        ] as const) {
            const scrape = await canary({ ELASTICSEARCH_URL: url });
            const failed = await until(`two failures each of ${reasons}`, 30, async () => {
                const samples = await scrape();
                const counts = ["write", "unreachable", "access", "answer"].filter(
                    (reason) =>
                        (samples[`chattingo_log_canary_failures_total{node="node-1",reason="${reason}"}`] ?? 0) > 1,
                );
                return counts.length >= reasons.length ? { samples, counts } : undefined;
            });
            assert.deepEqual(failed.counts, reasons, url);
            assert.equal(failed.samples['chattingo_log_canary_found_timestamp_seconds{node="node-1"}'], 0);
            assert.equal(failed.samples['chattingo_log_canary_written_timestamp_seconds{node="node-1"}'], 0);
            assert.equal(failed.samples.filebeat_up, 0);
        }
    });

    it("shows Kibana's status and response times, and that it is gone", async () => {
        const metrics = {
            collection_interval_in_millis: 5000,
            requests: { total: 40 },
            response_times: { avg_in_millis: 12.5, max_in_millis: 250 },
            process: { memory: { resident_set_size_in_bytes: 1000 } },
        };
        const page = (level: string) => ({ status: 503, body: { status: { overall: { level } }, metrics } });
        const pages: Record<string, { status?: number; body: unknown }> = { "/api/status": page("degraded") };
        const scrape = await exporter({ KIBANA_URL: await serve(pages) });
        assert.deepEqual(await scrape(), {
            kibana_up: 1,
            kibana_figures_reported: 1,
            'kibana_status{level="available"}': 0,
            'kibana_status{level="degraded"}': 1,
            'kibana_status{level="unavailable"}': 0,
            'kibana_status{level="critical"}': 0,
            kibana_response_time_average_seconds: 0.0125,
            kibana_response_time_longest_seconds: 0.25,
            kibana_interval_requests: 40,
            kibana_interval_seconds: 5,
            kibana_resident_memory_bytes: 1000,
        });
        pages["/api/status"] = page("splendid");
        assert.deepEqual(await scrape(), { kibana_up: 0 });
    });

    it("logs in to Kibana, and says that it learns nothing but the level where its login is refused", async () => {
        const full = {
            status: { overall: { level: "available" } },
            metrics: { requests: { total: 3 } },
        };
        let password = "right";
        const server = createServer((request, response) => {
            const { authorization } = request.headers;
            const isKnown = authorization === `Basic ${Buffer.from(`exporter:${password}`).toString("base64")}`;
            // As elastic/kibana, src/core/packages/status/server-internal/src/routes/status.ts.
            const [status, body] =
                authorization === undefined
                    ? [200, { status: full.status }]
                    : isKnown
                      ? [200, full]
                      : [401, { statusCode: 401, error: "Unauthorized", message: "Unauthorized" }];
            response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        }).listen(0, "127.0.0.1");
        servers.push(server);
        await once(server, "listening");
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const scrape = await exporter({ KIBANA_URL: url, KIBANA_USERNAME: "exporter", KIBANA_PASSWORD: "right" });
        const known = await scrape();
        assert.equal(known.kibana_figures_reported, 1);
        assert.equal(known.kibana_interval_requests, 3);
        password = "another";
        const refused = await scrape();
        assert.equal(refused.kibana_up, 1);
        assert.equal(refused['kibana_status{level="available"}'], 1);
        assert.equal(refused.kibana_figures_reported, 0);
        assert.equal(refused.kibana_interval_requests, undefined);
        const nobody = await (await exporter({ KIBANA_URL: url }))();
        assert.equal(nobody.kibana_figures_reported, 0);
    });

    for (const [settings, message] of [
        [{}, /FILEBEAT_URL and KIBANA_URL/],
        [{ FILEBEAT_URL: "http://localhost:1", KIBANA_URL: "http://localhost:2" }, /FILEBEAT_URL and KIBANA_URL/],
        [{ FILEBEAT_URL: "localhost" }, /FILEBEAT_URL=localhost/],
        [{ KIBANA_URL: "http://localhost:1", METRICS_PORT: "many" }, /METRICS_PORT=many/],
        [
            { KIBANA_URL: "http://localhost:1", KIBANA_USERNAME: "me" },
            /KIBANA_USERNAME and KIBANA_PASSWORD: expected both/,
        ],
        [
            { KIBANA_URL: "http://localhost:1", KIBANA_USERNAME: "me", KIBANA_PASSWORD_FILE: "/nowhere" },
            /KIBANA_PASSWORD_FILE=\/nowhere: ENOENT/,
        ],
        [
            { FILEBEAT_URL: "http://localhost:1", CANARY_FOLDER: "/tmp" },
            /ELASTICSEARCH_URL is needed with CANARY_FOLDER/,
        ],
        [
            { FILEBEAT_URL: "http://localhost:1", CANARY_FOLDER: "/tmp", CANARY_SECONDS: "never" },
            /CANARY_SECONDS=never: expected a number above 0/,
        ],
    ] as const) {
        it(`ends with status 2 and the reason when its settings are ${JSON.stringify(settings)}`, async () => {
            const child = start(process.execPath, [program], settings);
            let output = "";
            child.stderr?.on("data", (text) => {
                output += text;
            });
            const [status] = await once(child, "close");
            assert.equal(status, 2);
            assert.match(output, message);
        });
    }
});
