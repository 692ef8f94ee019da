// Elasticsearch as the lab runs it, and the APIs that the lab's plugin adds to it.

import assert from "node:assert/strict";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";

describe("the lab's Elasticsearch", function () {
    this.timeout(300_000);
    let elasticsearch: string;

    before(async () => {
        elasticsearch = await sharedElasticsearch();
    });

    const request = async (
        method: string,
        path: string,
        body?: unknown,
    ): Promise<{ readonly status: number; readonly text: string }> => {
        const response = await fetch(elasticsearch + path, {
            method,
            headers: { "content-type": "application/json" },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { status: response.status, text: await response.text() };
    };

    const answer = async (method: string, path: string, body?: unknown): Promise<unknown> => {
        const { status, text } = await request(method, path, body);
        assert.equal(status, 200, text);
        return JSON.parse(text);
    };

    /** Asserts that a request is refused with this status and words. */
    const refuses = async (status: number, words: RegExp, method: string, path: string, body?: unknown) => {
        const refused = await request(method, path, body);
        assert.equal(refused.status, status, refused.text);
        assert.match(refused.text, words);
    };

    const policy = (days: number) => ({
        policy: {
            phases: {
                hot: { actions: { rollover: { max_age: "1d", max_primary_shard_size: "10gb" } } },
                delete: { min_age: `${days}d`, actions: { delete: {} } },
            },
        },
    });

    it("has the version of the official image", async () => {
        const { version } = (await answer("GET", "/")) as { version: { number: string } };
        assert.equal(version.number, "9.4.3");
    });

    describe("index lifecycle management", () => {
        it("keeps a policy, and makes a new version only when it differs", async () => {
            interface Kept {
                readonly version: number;
                readonly modified_date: string;
                readonly policy: { readonly phases: Record<string, { readonly min_age: string }> };
                readonly in_use_by: { readonly indices: readonly string[] };
            }
            const kept = async () => ((await answer("GET", "/_ilm/policy/versions")) as { versions: Kept }).versions;
            assert.deepEqual(await answer("PUT", "/_ilm/policy/versions", policy(30)), { acknowledged: true });
            const first = await kept();
            assert.equal(first.version, 1);
            assert.equal(first.policy.phases.delete?.min_age, "30d");
            assert.ok(Math.abs(Date.parse(first.modified_date) - Date.now()) < 60_000, first.modified_date);
            assert.deepEqual(first.in_use_by.indices, []);
            await answer("PUT", "/_ilm/policy/versions", policy(30));
            assert.equal((await kept()).version, 1);
            await answer("PUT", "/_ilm/policy/versions", policy(31));
            assert.equal((await kept()).version, 2);
            assert.deepEqual(await answer("DELETE", "/_ilm/policy/versions"), { acknowledged: true });
            await refuses(404, /Lifecycle policy not found: versions/, "GET", "/_ilm/policy/versions");
            await refuses(404, /Lifecycle policy not found: versions/, "DELETE", "/_ilm/policy/versions");
        });

        const hot = (actions: unknown) => ({ policy: { phases: { hot: { actions } } } });
        for (const [what, body, words] of [
            [
                "an unknown phase",
                { policy: { phases: { tepid: { actions: {} } } } },
                /Timeseries lifecycle does not support phase \[tepid\]/,
            ],
            ["an unknown action", hot({ vanish: {} }), /unknown field \[vanish\]/],
            ["an unknown parameter", hot({ rollover: { max_mood: 1 } }), /unknown field \[max_mood\]/],
            ["an action in the wrong phase", hot({ delete: {} }), /invalid action \[delete\] defined in phase \[hot\]/],
            [
                "a rollover without a condition",
                hot({ rollover: {} }),
                /At least one max_\* rollover condition must be set/,
            ],
            [
                "an action that needs what is absent",
                hot({ rollover: { max_age: "1d" }, searchable_snapshot: { snapshot_repository: "s3" } }),
                /does not know the action \[searchable_snapshot\]/,
            ],
            ["a body without a policy", {}, /policy/],
        ] as const) {
            it(`refuses ${what}`, async () => {
                await refuses(400, words, "PUT", "/_ilm/policy/wrong", body);
                await refuses(404, /not found/, "GET", "/_ilm/policy/wrong");
            });
        }

        it("refuses parameters and endpoints that it does not have", async () => {
            await refuses(400, /unrecognized parameter: \[verbose\]/, "GET", "/_ilm/policy?verbose=true");
            await refuses(400, /no handler found/, "POST", "/_ilm/move/some-index", {});
        });

        it("starts and stops", async () => {
            assert.deepEqual(await answer("GET", "/_ilm/status"), { operation_mode: "RUNNING" });
            await answer("POST", "/_ilm/stop");
            try {
                assert.deepEqual(await answer("GET", "/_ilm/status"), { operation_mode: "STOPPED" });
            } finally {
                await answer("POST", "/_ilm/start");
            }
            assert.deepEqual(await answer("GET", "/_ilm/status"), { operation_mode: "RUNNING" });
        });
    });

    describe("data streams", () => {
        before(async () => {
            await answer("PUT", "/_ilm/policy/logs", policy(3));
            await answer("PUT", "/_index_template/streams", {
                index_patterns: ["stream-*"],
                data_stream: {},
                template: { settings: { "index.lifecycle.name": "logs", number_of_replicas: 0 } },
            });
        });

        it("are created, described and deleted", async () => {
            await answer("PUT", "/_data_stream/stream-one");
            const written = await request("POST", "/stream-two/_doc?refresh=true", {
                "@timestamp": new Date().toISOString(),
            });
            assert.equal(written.status, 201, written.text);
            const { data_streams } = (await answer("GET", "/_data_stream/stream-*")) as {
                data_streams: Record<string, unknown>[];
            };
            assert.deepEqual(
                data_streams.map(({ name, status, template, ilm_policy, generation, next_generation_managed_by }) => ({
                    name,
                    status,
                    template,
                    ilm_policy,
                    generation,
                    next_generation_managed_by,
                })),
                ["stream-one", "stream-two"].map((name) => ({
                    name,
                    status: "GREEN",
                    template: "streams",
                    ilm_policy: "logs",
                    generation: 1,
                    next_generation_managed_by: "Index Lifecycle Management",
                })),
            );
            await refuses(400, /is in use by one or more indices/, "DELETE", "/_ilm/policy/logs");
            const { indices } = (await answer("GET", "/stream-one/_ilm/explain")) as {
                indices: Record<string, { managed: boolean; policy: string; phase: string }>;
            };
            assert.deepEqual(
                Object.values(indices).map(({ managed, policy, phase }) => ({ managed, policy, phase })),
                [{ managed: true, policy: "logs", phase: "new" }],
            );
            assert.deepEqual(await answer("DELETE", "/_data_stream/stream-*"), { acknowledged: true });
            await refuses(404, /stream-one/, "GET", "/_data_stream/stream-one");
            await refuses(404, /stream-one/, "GET", "/stream-one/_search");
        });

        it("are told to be managed by the data stream lifecycle where a template says so", async () => {
            await answer("PUT", "/_index_template/own-lifecycle", {
                index_patterns: ["own-lifecycle-*"],
                data_stream: {},
                template: { lifecycle: { data_retention: "3d" } },
            });
            await answer("PUT", "/_data_stream/own-lifecycle-one");
            const { data_streams } = (await answer("GET", "/_data_stream/own-lifecycle-one")) as {
                data_streams: { indices: { managed_by: string }[] }[];
            };
            assert.equal(data_streams[0]?.indices[0]?.managed_by, "Data stream lifecycle");
        });

        it("are refused without a template", async () => {
            await refuses(400, /no matching index template found/, "PUT", "/_data_stream/other");
        });
    });
});
