// Filebeat within the memory that its container has, while Elasticsearch is away and every line is as long as it may be.

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { longestLine } from "../../../components/filebeat-config.ts";
import { until } from "../../until.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";
import { LineShipping } from "./line-shipping.ts";

/** What Filebeat may have of its container's limit, 500Mi by default. */
const mostBytes = 460 * 2 ** 20;

/** Lines after which it has sent several requests. */
const shipped = 40;

for (const [what, count, bytes] of [
    ["4,500 lines of 100 KiB", 4_500, 100 * 1024],
    ["40 lines of 10 MB, which are cut and flagged", 40, 10_000_000],
] as const) {
    describe(`Filebeat with ${what}`, function () {
        this.timeout(400_000);

        let shipping: LineShipping;

        before(async () => {
            const stack = `memory${count}`;
            shipping = await LineShipping.create({ elasticsearch: await sharedElasticsearch(), stack });
            // Letters that hardly compress, as many for each line.
            const letters = Buffer.from(Array.from({ length: 99_991 }, () => Math.random().toString(36)[3]).join(""));
            for (let line = 0; line < count; line++) {
                const content = Buffer.alloc(bytes, letters);
                content.write(`long line ${line} `);
                content.write("\n", bytes - 1);
                shipping.append("app/long.log", content);
            }
        });

        after(() => shipping?.remove());

        it("stays within its limit while Elasticsearch is away, and when it ships what has waited", async () => {
            await shipping.start("http://127.0.0.1:9");
            let most = 0;
            for (let second = 0; second < 25; second++) {
                await delay(1000);
                assert.ok(shipping.isRunning, shipping.log.slice(-1000));
                most = Math.max(most, shipping.mostMemory() ?? 0);
            }
            assert.ok(most < mostBytes, `${(most / 2 ** 20).toFixed(0)} MiB`);
            await shipping.stop();
            await shipping.start();
            await until(`${shipped} lines`, 240, async () => {
                await shipping.client.indices.refresh({ index: shipping.streams });
                const found = await shipping.count({ match_phrase: { message: "long line" } });
                return found >= shipped ? true : undefined;
            });
            most = Math.max(most, shipping.mostMemory() ?? 0);
            assert.ok(most < mostBytes, `${(most / 2 ** 20).toFixed(0)} MiB while it ships`);
            const cut = await shipping.count({ term: { "log.flags": "truncated" } });
            assert.equal(cut, bytes > longestLine ? count : 0);
        });
    });
}
