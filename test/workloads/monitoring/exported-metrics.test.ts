// The metrics that rules and dashboards name are those that the exporters really export: each is asked.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { Registry } from "prom-client";
import { collectorFlags } from "../../../components/monitoring/elasticsearch-exporter.ts";
import { diskWatermarks } from "../../../components/monitoring/search-alerts.ts";
import { freePort } from "../../../lab/free-port.ts";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { CertificateMetrics } from "../../../workloads/elastic-exporter/certificate-metrics.ts";
import { DeadLetterMetrics } from "../../../workloads/elastic-exporter/dead-letter-metrics.ts";
import { FilebeatMetrics } from "../../../workloads/elastic-exporter/filebeat-metrics.ts";
import { KibanaMetrics } from "../../../workloads/elastic-exporter/kibana-metrics.ts";
import { LogCanary } from "../../../workloads/elastic-exporter/log-canary.ts";
import { elasticsearchMetrics, ownMetrics } from "../../unit/components/exported-metrics.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";

describe("the metrics that rules and dashboards name", function () {
    this.timeout(240_000);

    it("are declared by our own exporter", async () => {
        const registry = new Registry();
        new FilebeatMetrics(registry, "http://localhost:1");
        new KibanaMetrics(registry, { kind: "kibana", url: "http://localhost:1" });
        const search = { url: "http://localhost:1", stream: "canary-chattingo-test", node: "node-1" };
        new LogCanary(registry, { folder: "/nowhere", intervalSeconds: 60, search });
        new DeadLetterMetrics(registry, { url: "http://localhost:1", stream: "chattingo-dead-letter-test" });
        new CertificateMetrics(registry, { name: "elasticsearch", url: "https://localhost:1" });
        const declared = (await registry.getMetricsAsJSON()).map(({ name }) => name);
        assert.deepEqual(
            ownMetrics["elastic-exporter"].filter((name) => !declared.includes(name)),
            [],
        );
    });

    describe("of Elasticsearch", () => {
        let elasticsearch: string;
        let exporter: ChildProcess;
        let metricsUrl: string;
        let text: string;

        before(async () => {
            elasticsearch = await sharedElasticsearch();
            const created = await fetch(`${elasticsearch}/exported-metrics/_doc?refresh=true`, {
                method: "POST",
                headers: { "content-type": "application/json" },
                body: JSON.stringify({ message: "hello" }),
            });
            assert.equal(created.status, 201);
            const port = await freePort();
            metricsUrl = `http://127.0.0.1:${port}/metrics`;
            exporter = spawn(
                await toolBinary("elasticsearch-exporter"),
                [`--es.uri=${elasticsearch}`, ...collectorFlags, `--web.listen-address=127.0.0.1:${port}`],
                { stdio: "ignore" },
            );
            const end = Date.now() + 60_000;
            do {
                await delay(200);
                text = await fetch(metricsUrl).then(
                    (response) => response.text(),
                    () => "",
                );
            } while (!text.includes("elasticsearch_indices_docs_primary{") && Date.now() < end);
        });

        after(() => exporter?.kill());

        for (const name of elasticsearchMetrics) {
            it(`have ${name} with a value`, () => {
                assert.match(text, new RegExp(`^${name}(\\{[^\\n]*\\})? \\d`, "m"), text.slice(0, 2000));
            });
        }

        it("tell the colour by label, and the memory by area", () => {
            assert.match(text, /^elasticsearch_cluster_health_status\{[^}]*color="red"[^}]*\} 0/m);
            assert.match(text, /^elasticsearch_jvm_memory_used_bytes\{[^}]*area="heap"[^}]*\} /m);
        });

        it("tell the old generation, the pools of threads that write and the breakers that refuse writes by label", () => {
            for (const series of [
                'jvm_memory_pool_used_bytes{[^}]*pool="old"',
                'jvm_memory_pool_max_bytes{[^}]*pool="old"',
                'thread_pool_rejected_count{[^}]*type="write"',
                'thread_pool_rejected_count{[^}]*type="write_coordination"',
                'breakers_tripped{[^}]*breaker="parent"',
                'breakers_tripped{[^}]*breaker="inflight_requests"',
            ]) {
                assert.match(text, new RegExp(`^elasticsearch_${series.replace("{", "\\{")}[^}]*\\} \\d`, "m"));
            }
        });

        it("count an index as read-only once Elasticsearch has blocked it as it does when a disk is full", async () => {
            const readOnly = async () => {
                const page = await (await fetch(metricsUrl)).text();
                return Number(/^elasticsearch_indices_settings_stats_read_only_indices (\d+)$/m.exec(page)?.[1]);
            };
            const block = (value: true | null) =>
                fetch(`${elasticsearch}/exported-metrics/_settings`, {
                    method: "PUT",
                    headers: { "content-type": "application/json" },
                    body: JSON.stringify({ "index.blocks.read_only_allow_delete": value }),
                });
            const before = await readOnly();
            assert.equal((await block(true)).status, 200);
            try {
                assert.equal(await readOnly(), before + 1);
            } finally {
                assert.equal((await block(null)).status, 200);
            }
            assert.equal(await readOnly(), before);
        });

        it("are about the watermarks that Elasticsearch has unless it is told others", async () => {
            const answer = await fetch(`${elasticsearch}/_cluster/settings?include_defaults=true&flat_settings=true`);
            const { defaults } = (await answer.json()) as { readonly defaults: Readonly<Record<string, string>> };
            const prefix = "cluster.routing.allocation.disk.watermark";
            for (const [name, { free, warnBelow }] of Object.entries(diskWatermarks)) {
                assert.equal(defaults[`${prefix}.${name}`], `${Math.round((1 - free.share) * 100)}%`);
                assert.equal(defaults[`${prefix}.${name}.max_headroom`], `${free.gibibytes}GB`);
                assert.ok(warnBelow.share > free.share && warnBelow.gibibytes > free.gibibytes, name);
            }
        });
    });
});
