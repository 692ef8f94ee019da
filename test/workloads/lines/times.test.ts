// A line's time is what people search by, and nothing by which indices are kept or deleted.

import assert from "node:assert/strict";
import { until } from "../../until.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";
import { LineShipping, valueAt } from "./line-shipping.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("the time of a line", function () {
    this.timeout(180_000);

    let shipping: LineShipping;

    before(async () => {
        shipping = await LineShipping.create({ elasticsearch: await sharedElasticsearch(), stack: "times" });
        await shipping.start();
    });

    after(() => shipping?.remove());

    const written = async (name: string, times: readonly (number | string)[]) => {
        const lines = times.map((time, line) => JSON.stringify({ message: `line ${line}`, time }));
        shipping.append(name, `${lines.join("\n")}\n`);
        return until(`${times.length} lines of ${name}`, 60, async () => {
            const documents = await shipping.documentsOf(name);
            return documents.length >= times.length ? documents : undefined;
        });
    };

    it("is what a search within the last hour goes by, and not the time of reading", async () => {
        const now = Date.now();
        const ages = [5 * minute, 55 * minute, 65 * minute, 3 * day, -5 * minute];
        await written(
            "error/ages.log",
            ages.map((age) => new Date(now - age).toISOString()),
        );
        const { hits } = await shipping.client.search<{ readonly message: string }>({
            index: shipping.streams,
            query: {
                bool: {
                    filter: [
                        { match: { category: "error" } },
                        { range: { "@timestamp": { gte: "now-1h", lte: "now" } } },
                    ],
                },
            },
            sort: [{ "@timestamp": "desc" }],
        });
        assert.deepEqual(
            hits.hits.map(({ _source }) => _source?.message),
            ["line 0", "line 1"],
        );
    });

    it("rolls over and deletes nothing, however far in the future or the past it is", async () => {
        const far = ["1000-01-01T00:00:00Z", "1970-01-02T00:00:00Z", "2999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"];
        await written("chat/near.log", [new Date().toISOString()]);
        const documents = await written("chat/far.log", far);
        assert.deepEqual(
            documents.map(({ source }) => valueAt(source, "event.time_problem")),
            ["far_past", "far_past", "far_future", "far_future"],
        );
        const stream = "chattingo-chat-times";
        const indices = new Set(
            [...documents, ...(await shipping.documentsOf("chat/near.log"))].map(({ index }) => index),
        );
        assert.equal(indices.size, 1, "a far time is kept with the others");
        const [index = ""] = indices;
        const { [index]: found } = await shipping.client.indices.getSettings({ index, flat_settings: true });
        const settings = found?.settings as Readonly<Record<string, string>>;
        assert.equal(settings["index.mode"], "logsdb");
        const byTime = Object.keys(settings).filter((name) =>
            /lifecycle\.(origination_date|parse_origination_date)|time_series\.(start|end)_time/.test(name),
        );
        assert.deepEqual(byTime, [], "an index is older or younger than it is");
        assert.ok(Math.abs(Number(settings["index.creation_date"]) - Date.now()) < hour);
        const dryRun = await shipping.client.indices.rollover({
            alias: stream,
            dry_run: true,
            conditions: { max_age: "1h" },
        });
        assert.equal(dryRun.rolled_over, false);
        assert.deepEqual(dryRun.conditions, { "[max_age: 1h]": false });
    });

    it("can be no time of an old request: a small number is none", async () => {
        const [duration] = await written("chat/durations.log", [12.5]);
        assert.equal(valueAt(duration?.source, "event.time_source"), "read");
        assert.equal(valueAt(duration?.source, "number.time"), 12.5);
        const second = await written("chat/seconds.log", [Math.floor(Date.now() / 1000)]);
        assert.equal(valueAt(second[0]?.source, "event.time_source"), undefined);
    });
});
