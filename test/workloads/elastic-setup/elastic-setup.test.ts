// elastic-setup against a real Elasticsearch and Kibana's stand-in.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, request as requestOf } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@elastic/elasticsearch";

import { toElasticsearch } from "../../../archive-access/elasticsearch-output.ts";
import { type KibanaProcess, startKibana } from "../../../lab/kibana-process.ts";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { setUpForRestoredLines } from "../../../workloads/elastic-setup/set-up-elasticsearch.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";

const plan = {
    stack: "test",
    categories: [
        ...["application", "authentication", "chat", "error"].map((name) => ({ name, retentionDays: 3 })),
        { name: "push-gateway", retentionDays: 14 },
    ],
    shards: 1,
    replicas: 0,
    refreshInterval: "1s",
    fieldLimit: 200,
};

describe("elastic-setup", function () {
    this.timeout(240_000);

    let elasticsearch: string | undefined;
    let kibana: KibanaProcess;
    let folder: string;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "elastic-setup-"));
        await writeFile(join(folder, "elastic-setup.js"), (await bundleWorkload("elastic-setup")).content);
        elasticsearch = await sharedElasticsearch();
        await refuseNewIndices("+.*,-*");
        kibana = await startKibana(elasticsearch);
    });

    after(async () => {
        await kibana?.stop();
        await rm(folder, { recursive: true, force: true });
        if (elasticsearch !== undefined) {
            await refuseNewIndices(null);
        }
    });

    /** Says which indices a line may make without a template, as elasticsearch.yml does in a stack. */
    async function refuseNewIndices(pattern: string | null): Promise<void> {
        const settings = { persistent: { "action.auto_create_index": pattern } };
        assert.equal((await request("PUT", "/_cluster/settings", settings)).acknowledged, true);
    }

    /** Runs the program; without `plan` there is no file. */
    async function setUp(changed: object = {}, environment: Record<string, string> = {}) {
        const file = join(folder, "setup.json");
        await writeFile(file, JSON.stringify({ ...plan, ...changed }));
        const child = spawn(process.execPath, [join(folder, "elastic-setup.js")], {
            env: {
                PATH: process.env.PATH,
                ELASTICSEARCH_URL: elasticsearch,
                KIBANA_URL: kibana.url,
                SETUP_FILE: file,
                // As long as it takes on a loaded machine; who expects a wait to end in vain gives less.
                WAIT_SECONDS: "60",
                ...environment,
            },
        });
        let output = "";
        let errors = "";
        child.stdout.on("data", (text) => {
            output += text;
        });
        child.stderr.on("data", (text) => {
            errors += text;
        });
        const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
        return { status, output, errors, lines: output.trimEnd().split("\n") };
    }

    async function request(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
        const response = await fetch(`${elasticsearch}${path}`, {
            method,
            ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
        });
        return (await response.json()) as Record<string, unknown>;
    }

    it("makes everything the first time, and finds it unchanged the second", async () => {
        const first = await setUp();
        assert.equal(first.status, 0, first.errors);
        const counts = JSON.parse(first.lines.at(-1) ?? "") as Record<string, number>;
        assert.deepEqual({ updated: counts.updated, unchanged: counts.unchanged }, { updated: 0, unchanged: 0 });
        for (const made of [
            "ILM policy chattingo-chat-test: created",
            "index template chattingo-dead-letter-test: created",
            "data stream chattingo-dead-letter-test: created",
            "data view chattingo-dead-letter-*: created",
            "saved search chattingo-refused-lines: created",
            "saved search chattingo-not-utf8: created",
            "data view chattingo-*: created",
            "data view chattingo-push-gateway-*: created",
            "saved search chattingo-failed-logins: created",
        ]) {
            assert.ok(first.lines.includes(made), `${made} is missing in:\n${first.output}`);
        }
        const second = await setUp();
        assert.equal(second.status, 0, second.errors);
        assert.deepEqual(JSON.parse(second.lines.at(-1) ?? ""), { created: 0, updated: 0, unchanged: counts.created });
    });

    it("lets a line make its data stream, and no line make an index without a template", async () => {
        const line = { "@timestamp": new Date().toISOString(), message: "Login failed", user_id: "7" };
        const made = await request("POST", "/chattingo-authentication-test/_create/1?refresh=true", line);
        assert.match(String(made._index), /^\.ds-chattingo-authentication-test-/);
        const refused = await request("POST", "/chattingo-unheard-of-test/_create/1", line);
        assert.equal(refused.status, 404);
    });

    it("keeps the lines of an application for as long as it asks, and refused ones as long as the longest", async () => {
        const made = await request("POST", "/chattingo-push-gateway-test/_create/1", {
            "@timestamp": new Date().toISOString(),
            message: "sent",
        });
        assert.match(String(made._index), /^\.ds-chattingo-push-gateway-test-/);
        const lifecycle = async (stream: string) => {
            const answer = await request("GET", `/_data_stream/${stream}`);
            const [{ ilm_policy }] = answer.data_streams as [{ ilm_policy: string }];
            const policy = (await request("GET", `/_ilm/policy/${ilm_policy}`))[ilm_policy];
            return (policy as { policy: { phases: { delete: { min_age: string } } } }).policy.phases.delete.min_age;
        };
        assert.equal(await lifecycle("chattingo-push-gateway-test"), "14d");
        assert.equal(await lifecycle("chattingo-authentication-test"), "3d");
        const refused = (await request("GET", "/_ilm/policy/chattingo-dead-letter-test"))["chattingo-dead-letter-test"];
        assert.match(JSON.stringify(refused), /"delete":\{"min_age":"14d"/);
    });

    it("takes restored lines, each once, into streams that the live ones' readers do not see", async () => {
        const client = new Client({ node: elasticsearch });
        try {
            // What `make restore` does first is what elastic-setup has done.
            await setUpForRestoredLines(client);
            assert.match((await setUp()).lines.at(-1) ?? "", /"created":0,"updated":0/);
            const lines = [
                '{"@timestamp":"2025-09-09T01:02:03Z","message":"Login failed","user_id":"7","error":"text"}',
                '{"message":"its error is an object","error":{"code":7}}',
                '{"message":{"no":"text"}}',
                '{"_id":"a field that Elasticsearch keeps for itself"}',
                "not JSON \0 \ufffd",
                "",
            ];
            const file = join(folder, "restored.log");
            await writeFile(file, lines.map((line) => `${line}\n`).join(""));
            const entry = {
                key: "2025/09/10/archive/auth_auth_20250910_120000.log.gz",
                size: 1,
                sha256: "0".repeat(64),
                category: "authentication",
                sourceNode: "node-a",
                rotatedAt: "2025-09-10T12:00:00.000Z",
                uploadedAt: "2025-09-10T14:00:00.000Z",
                storageClass: "STANDARD",
                lines: lines.length,
            } as const;
            const counts = { created: 0, alreadyThere: 0 };
            const output = toElasticsearch(client, "test", counts);
            await output.take(entry, file);
            assert.deepEqual(counts, { created: lines.length, alreadyThere: 0 });
            await output.take(entry, file);
            assert.deepEqual(counts, { created: lines.length, alreadyThere: lines.length });
            await client.indices.refresh({ index: "restored-chattingo-authentication-test" });
            const found = await client.search<Record<string, unknown>>({
                index: "restored-chattingo-authentication-test",
                query: { match: { message: "login failed" } },
            });
            assert.deepEqual(
                found.hits.hits.map(({ _index, _source: { event, log, ...source } = {} }) => [
                    _index.slice(0, 43),
                    { ...source, original: (event as { original: string }).original },
                ]),
                [
                    [
                        ".ds-restored-chattingo-authentication-test-",
                        {
                            "@timestamp": "2025-09-09T01:02:03.000Z",
                            message: "Login failed",
                            user_id: "7",
                            error: { message: "text" },
                            application: { error: "text" },
                            original: lines[0],
                            category: "authentication",
                            archive: { key: entry.key, line: 1 },
                        },
                    ],
                ],
            );
            const byField = {
                "a field that Elasticsearch keeps": {
                    term: { "application._id": "a field that Elasticsearch keeps for itself" },
                },
            };
            for (const [what, query] of Object.entries(byField)) {
                assert.equal((await client.count({ index: "restored-chattingo-*", query })).count, 1, what);
            }
            const { count } = await client.count({ index: "restored-chattingo-*" });
            assert.equal(count, lines.length);
            assert.equal((await client.count({ index: "chattingo-*", q: "archive.line:1" })).count, 0);
        } finally {
            await client.close();
        }
    });

    it("has lines accepted whatever an application writes into its fields", async () => {
        const timestamp = new Date().toISOString();
        const values: readonly unknown[] = [
            1,
            1.5,
            1e300,
            true,
            null,
            "text",
            "x".repeat(100_000),
            [1, "a", { b: [{ c: 2 }] }],
            { a: { b: "c" } },
            {},
            [],
            "2026-01-01",
        ];
        const fields = ["value", "message", "user_id", "category", "error", "log", "host", "kubernetes"];
        const documents = [
            ...fields.flatMap((field) => values.map((value) => ({ "@timestamp": timestamp, [field]: value }))),
            Object.fromEntries([
                ["@timestamp", timestamp],
                ...Array.from({ length: 2000 }, (_, i) => [`field${i}`, i]),
            ]),
        ];
        const body = documents.map((each) => `{"create":{}}\n${JSON.stringify(each)}\n`).join("");
        const response = await fetch(`${elasticsearch}/chattingo-chat-test/_bulk?refresh=true`, {
            method: "POST",
            headers: { "content-type": "application/x-ndjson" },
            body,
        });
        const { items } = (await response.json()) as {
            items: readonly { create: { status: number; error?: unknown } }[];
        };
        const refused = items.flatMap(({ create }, index) =>
            create.status < 300 ? [] : [[JSON.stringify(documents[index]).slice(0, 200), create.error]],
        );
        assert.deepEqual(refused, []);
        assert.equal(items.length, documents.length);
        const [index = {}] = Object.values(await request("GET", "/chattingo-chat-test/_mapping"));
        const { mappings } = index as { mappings: { properties: { number: { properties: object } } } };
        assert.ok(Object.keys(mappings.properties).length < 30, "an application's keys became fields");
        const numbers = Object.keys(mappings.properties.number.properties).length;
        assert.ok(numbers > 10 && numbers <= plan.fieldLimit, `${numbers} numbers are indexed`);
    });

    it("keeps lines sorted as they were written, and finds them by a number", async () => {
        const line = (message: string) => ({ "@timestamp": new Date().toISOString(), message, duration_ms: 1500.5 });
        const made = await request("POST", "/chattingo-application-test/_create/1?refresh=true", line("slow"));
        const settings = (await request("GET", `/${made._index}/_settings?flat_settings=true`))[String(made._index)];
        const { "index.mode": mode, "index.mapping.source.mode": source } = (settings as { settings: object })
            .settings as Record<string, string>;
        assert.deepEqual({ mode, source }, { mode: "logsdb", source: "stored" });
        const slow = await request("POST", "/chattingo-application-test/_count", {
            query: { range: { duration_ms: { gt: 1500, lt: 1501 } } },
        });
        assert.equal(slow.count, 1);
        // Without it, each line would be refused.
        const refused = await request("DELETE", "/_ingest/pipeline/chattingo-lines-test");
        assert.equal(refused.status, 400, JSON.stringify(refused));
    });

    it("updates what changed, the indices that exist among it, and keeps every line", async () => {
        const before = (await request("GET", "/chattingo-authentication-test/_count")).count;
        const { status, lines, errors } = await setUp({
            refreshInterval: "5s",
            categories: plan.categories.map((category) => ({ ...category, retentionDays: 9 })),
        });
        assert.equal(status, 0, errors);
        assert.ok(lines.includes("ILM policy chattingo-chat-test: updated"), lines.join("\n"));
        assert.ok(lines.includes("component template chattingo-mappings-test: unchanged"));
        const policy = (await request("GET", "/_ilm/policy/chattingo-chat-test"))["chattingo-chat-test"] as {
            policy: { phases: { delete: { min_age: string } } };
        };
        assert.equal(policy.policy.phases.delete.min_age, "9d");
        const settings = Object.values(await request("GET", "/chattingo-authentication-test/_settings")) as {
            settings: { index: { refresh_interval: string } };
        }[];
        assert.deepEqual(
            settings.map((index) => index.settings.index.refresh_interval),
            ["5s"],
        );
        assert.equal((await request("GET", "/chattingo-authentication-test/_count")).count, before);
    });

    it("leaves a saved search as people changed it, whichever version of Kibana keeps it", async () => {
        for (const version of ["9.4.3", "9.5.0"] as const) {
            const other = await startKibana(elasticsearch ?? "", {}, version);
            try {
                const run = () => setUp({}, { KIBANA_URL: other.url });
                await kibanaSearch("chattingo-recent-errors", () => undefined);
                const made = await run();
                assert.ok(made.lines.includes("saved search chattingo-recent-errors: created"), made.output);
                assert.ok((await run()).lines.includes("saved search chattingo-recent-errors: unchanged"), version);
                // As Discover saves it: names of references by the tab, and columns that somebody likes better.
                await kibanaSearch("chattingo-recent-errors", (search) => {
                    const attributes = search.attributes as { tabs: { attributes: { columns: string[] } }[] };
                    for (const tab of attributes.tabs) {
                        tab.attributes.columns = ["message"];
                    }
                    return search;
                });
                const changed = await run();
                assert.equal(changed.status, 0, changed.errors);
                const line = changed.lines.find((each) => each.startsWith("saved search chattingo-recent-errors"));
                assert.match(line ?? "", /: unchanged \(people changed it; delete it to have it made again\)$/);
                await kibanaSearch("chattingo-recent-errors", () => undefined);
            } finally {
                await other.stop();
            }
        }
    });

    /** Puts another object in the place of a saved search, where the stand-in keeps it; undefined: none. */
    async function kibanaSearch(
        id: string,
        change: (search: Record<string, unknown>) => Record<string, unknown> | undefined,
    ): Promise<void> {
        const path = `/.kibana/_doc/${encodeURIComponent(`search:${id}`)}?refresh=true`;
        const { _source } = (await request("GET", path.replace("?refresh=true", ""))) as {
            _source?: { object: string };
        };
        const changed = change(_source === undefined ? {} : JSON.parse(_source.object));
        await (changed === undefined
            ? request("DELETE", path)
            : request("PUT", path, { object: JSON.stringify(changed) }));
    }

    // elastic/kibana, src/core/packages/saved-objects/server-internal/src/routes/import.ts: 200 with `success: false`.
    it("fails by the name of the search that Kibana did not import", async () => {
        await withServer(
            (asked, response) => {
                const path = asked.url ?? "";
                const [status, body] = path.startsWith("/api/saved_objects/_import")
                    ? [200, { success: false, successCount: 0, errors: [{ error: { type: "unsupported_type" } }] }]
                    : path.startsWith("/api/saved_objects/_export")
                      ? [400, { statusCode: 400, message: "not found" }]
                      : [200, { data_view: {} }];
                asked.resume();
                response.writeHead(status).end(JSON.stringify(body));
            },
            async (url) =>
                failedWith(
                    /^saved search chattingo-recent-errors: Kibana could not import it: .*unsupported_type/,
                    await setUp({}, { KIBANA_URL: url }),
                ),
        );
    });

    it("fixes what somebody changed by hand", async () => {
        await setUp();
        await request("PUT", "/_ilm/policy/chattingo-chat-test", { policy: { phases: {} } });
        const { lines } = await setUp();
        assert.ok(lines.includes("ILM policy chattingo-chat-test: updated"), lines.join("\n"));
    });

    it("names the object and the answer when Elasticsearch refuses it, and heals in the next run", async () => {
        // Two templates of one priority for one name exclude each other. This one has no data stream that keeps it.
        await request("DELETE", "/_index_template/chattingo-error-test");
        await request("PUT", "/_index_template/in-the-way", {
            index_patterns: ["chattingo-error-test"],
            data_stream: {},
            priority: 500,
        });
        const refused = await setUp();
        failedWith(/^index template chattingo-error-test: Elasticsearch answered 400: .*in-the-way/s, refused);
        await request("DELETE", "/_index_template/in-the-way");
        assert.equal((await setUp()).status, 0);
    });

    /** Runs `work` with the URL of a server of that behaviour. */
    async function withServer(listener: RequestListener, work: (url: string) => Promise<void>): Promise<void> {
        const server = createServer(listener);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        try {
            await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        } finally {
            server.close();
        }
    }

    /** Asserts that a run failed with one line. */
    const failedWith = (words: RegExp, { status, errors }: { status: number | null; errors: string }) => {
        assert.equal(status, 1, errors);
        assert.match(errors, words);
        assert.equal(errors.trim().split("\n").length, 1, errors);
    };

    it("names the policy and the answer when the ILM endpoint answers 400, and heals in the next run", async () => {
        const answer = {
            error: { type: "illegal_argument_exception", reason: "policy is not to my taste" },
            status: 400,
        };
        const another = { categories: plan.categories.map((category) => ({ ...category, retentionDays: 5 })) };
        await withServer(
            (request, response) => {
                if (request.method === "PUT" && request.url?.startsWith("/_ilm/policy/chattingo-chat-")) {
                    response.writeHead(400, {
                        "content-type": "application/json",
                        "x-elastic-product": "Elasticsearch",
                    });
                    response.end(JSON.stringify(answer));
                    return;
                }
                const { method, headers, url } = request;
                request.pipe(
                    requestOf(`${elasticsearch}${url}`, { method, headers }, (found) => {
                        response.writeHead(found.statusCode ?? 500, found.headers);
                        found.pipe(response);
                    }),
                );
            },
            async (url) =>
                failedWith(
                    /^ILM policy chattingo-chat-test: Elasticsearch answered 400: illegal_argument_exception: policy is/,
                    await setUp(another, { ELASTICSEARCH_URL: url }),
                ),
        );
        const { status, lines } = await setUp(another);
        assert.equal(status, 0);
        assert.ok(lines.includes("ILM policy chattingo-application-test: unchanged"), lines.join("\n"));
        assert.ok(lines.includes("ILM policy chattingo-chat-test: updated"), lines.join("\n"));
    });

    it("waits for Kibana with a bound, and says what it waited for", async () => {
        const nobody = await setUp({}, { KIBANA_URL: "http://127.0.0.1:9", WAIT_SECONDS: "3" });
        failedWith(/^Kibana: it was not ready within \d+ s: Kibana did not answer: .+/, nobody);
        await withServer(
            (_, response) => response.writeHead(503).end("Kibana server is not ready yet"),
            async (url) =>
                failedWith(
                    /^Kibana: it was not ready within \d+ s: Kibana answered 503: Kibana server is not ready yet$/m,
                    await setUp({}, { KIBANA_URL: url, WAIT_SECONDS: "3" }),
                ),
        );
        assert.equal((await setUp()).status, 0);
    });

    it("names the object that Kibana was asked for when it went away, or refuses it", async () => {
        const answering =
            (others: RequestListener): RequestListener =>
            (request, response) =>
                request.url === "/api/status" ? response.writeHead(200).end("{}") : others(request, response);
        await withServer(
            answering((request) => request.socket.destroy()),
            async (url) =>
                failedWith(
                    /^data view chattingo-application-\*: Kibana did not answer: /,
                    await setUp({}, { KIBANA_URL: url }),
                ),
        );
        await withServer(
            answering((_, response) => response.writeHead(403).end('{"statusCode":403,"message":"Forbidden"}')),
            async (url) =>
                failedWith(
                    /^data view chattingo-application-\*: Kibana answered 403: Forbidden$/m,
                    await setUp({}, { KIBANA_URL: url }),
                ),
        );
    });

    it("does not wait when the password is wrong, and shows no password", async () => {
        await withServer(
            (_, response) => {
                response.writeHead(401, { "content-type": "application/json", "x-elastic-product": "Elasticsearch" });
                response.end(
                    '{"error":{"type":"security_exception","reason":"unable to authenticate user"},"status":401}',
                );
            },
            async (url) => {
                const secret = "a-wrong-password";
                const started = performance.now();
                const { status, errors, output } = await setUp(
                    {},
                    {
                        ELASTICSEARCH_URL: url,
                        ELASTICSEARCH_USERNAME: "elastic",
                        ELASTICSEARCH_PASSWORD: secret,
                        WAIT_SECONDS: "200",
                    },
                );
                assert.equal(status, 1);
                assert.match(errors, /^Elasticsearch: .*401.*unable to authenticate user/);
                assert.ok(performance.now() - started < 100_000, "it waited for what no time fixes");
                assert.ok(!`${errors}${output}`.includes(secret));
            },
        );
    });

    it("ends with 2 for a wrong file or setting, and has asked nobody", async () => {
        const wrongFile = await setUp({ shards: 0 });
        assert.equal(wrongFile.status, 2);
        assert.match(wrongFile.errors, /shards: 0/);
        const wrongSetting = await setUp(
            {},
            { WAIT_SECONDS: "soon", KIBANA_URL: "kibana", ELASTICSEARCH_PASSWORD_FILE: "/nowhere" },
        );
        assert.equal(wrongSetting.status, 2);
        assert.match(wrongSetting.errors, /KIBANA_URL=kibana/);
        assert.match(wrongSetting.errors, /WAIT_SECONDS=soon/);
        assert.match(wrongSetting.errors, /ELASTICSEARCH_PASSWORD_FILE=\/nowhere: ENOENT/);
    });
});
