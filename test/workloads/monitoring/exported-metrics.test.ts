// The metrics that rules and dashboards name are those that the exporters really export: each is asked.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { Registry } from "prom-client";
import { freePort } from "../../../lab/free-port.ts";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { CertificateMetrics } from "../../../workloads/elastic-exporter/certificate-metrics.ts";
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
            exporter = spawn(
                await toolBinary("elasticsearch-exporter"),
                [`--es.uri=${elasticsearch}`, "--es.all", "--es.indices", `--web.listen-address=127.0.0.1:${port}`],
                { stdio: "ignore" },
            );
            const end = Date.now() + 60_000;
            do {
                await delay(200);
                text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
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
    });
});
