// The canary on a real node: its own lines go the whole way into search, and it tells Prometheus so.

import assert from "node:assert/strict";
import { ports } from "../../components/connections.ts";
import { canaryBoundSeconds } from "../../components/monitoring/alerts.ts";
import { canaryCategory, canaryStreamOf } from "../../formats/data-streams.ts";
import { run } from "../../lab/tools/run.ts";
import { devStack } from "../real-node.ts";
import { until } from "../until.ts";
import { countLines } from "./found-lines.ts";

describe("the canary", function () {
    this.timeout(300_000);

    let elasticsearch: string;
    let exporter: string;

    before(async () => {
        const { environment } = await devStack();
        const answer = (...args: string[]) => run("kubectl", ["get", "-n", "chattingo", ...args], { env: environment });
        elasticsearch = `http://${await answer("service", "elasticsearch", "-o", "jsonpath={.spec.clusterIP}")}:9200`;
        const address = await answer("pod", "-l", "app=filebeat", "-o", "jsonpath={.items[0].status.podIP}");
        exporter = `http://${address}:${ports.exporterMetrics}/metrics`;
    });

    async function figure(name: string): Promise<number | undefined> {
        const text = await (await fetch(exporter)).text();
        const value = new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, "m").exec(text)?.[1];
        return value === undefined ? undefined : Number(value);
    }

    it("finds the line that it wrote", async () => {
        await until("its line is found", canaryBoundSeconds, async () => {
            const found = await figure("chattingo_log_canary_found_timestamp_seconds");
            return found !== undefined && Date.now() / 1000 - found < canaryBoundSeconds ? found : undefined;
        });
        const written = await figure("chattingo_log_canary_written_timestamp_seconds");
        assert.ok(written !== undefined && Date.now() / 1000 - written < canaryBoundSeconds, `${written}`);
    });

    it("has its lines where no search for users' lines meets them", async () => {
        const ofCanary = { term: { category: canaryCategory } };
        assert.ok((await countLines(elasticsearch, canaryStreamOf("dev"), ofCanary)) > 0);
        // One that Elasticsearch refused, as the smoke test has it, is a dead letter like any other.
        assert.equal(await countLines(elasticsearch, "chattingo-*,-chattingo-dead-letter-*", ofCanary), 0);
    });
});
