// Whatever stands in a line, it decides nothing: not where it is stored, nor under which id, nor what the shipper says of
// its origin. What Elasticsearch refuses for reasons of its own is kept where people find it.

import assert from "node:assert/strict";
import fc from "fast-check";
import { Registry } from "prom-client";
import { DeadLetterMetrics } from "../../../workloads/elastic-exporter/dead-letter-metrics.ts";
import { until } from "../../until.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";
import { LineShipping, valueAt } from "./line-shipping.ts";

/** Names by which Filebeat or Elasticsearch act, or that they keep for themselves. */
const names = [
    ...["@metadata", "_id", "_index", "_op_type", "op_type", "pipeline", "raw_index", "index", "_routing", "routing"],
    ...["_source", "_version", "_type", "type", "log", "log.file.path", "log.offset", "input", "agent", "ecs", "host"],
    ...["host.name", "category", "kubernetes", "kubernetes.node.name", "event", "event.original", "event.ingested"],
    ...["@timestamp", "message", "application", "number", "number.x", "text", "fields", "tags", "error", "archive"],
    ...["", " ", ".", "..", "a.", ".a", "a..b", "*", "__proto__", "constructor", "_ingest", "_dynamic_templates", "\0"],
];

const values = ["no-such-pipeline", "chattingo-error-steering", "delete", "index", "1", "{{_index}}"];

/** A text of JSON in which each letter may be written as an escape. */
const written = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(text, fc.infiniteStream(fc.boolean())).map(([plain, escapes]) => {
        const letters = [...plain].map((letter) => {
            const code = letter.charCodeAt(0);
            const isEscaped = escapes.next().value === true || code < 32 || letter === '"' || letter === "\\";
            return isEscaped && letter.length === 1 ? `\\u${code.toString(16).padStart(4, "0")}` : letter;
        });
        return `"${letters.join("")}"`;
    });

const { object } = fc.letrec<{ object: string; value: string }>((tie) => ({
    value: fc.oneof(
        {
            weight: 3,
            arbitrary: written(fc.oneof(fc.constantFrom(...values, ...names), fc.string({ unit: "grapheme" }))),
        },
        { weight: 1, arbitrary: fc.constantFrom("1", "-0", "1e400", "9007199254740993", "true", "null", "[]", "{}") },
        { weight: 2, arbitrary: tie("object") },
        { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`) },
    ),
    // A name may be there several times.
    object: fc
        .array(fc.tuple(written(fc.constantFrom(...names)), tie("value")), { minLength: 1, maxLength: 6 })
        .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(",")}}`),
}));

describe("a line that would steer", function () {
    this.timeout(400_000);

    let shipping: LineShipping;
    let files = 0;

    before(async () => {
        shipping = await LineShipping.create({ elasticsearch: await sharedElasticsearch(), stack: "steering" });
        await shipping.start();
    });

    after(() => shipping?.remove());

    it("is stored in its category, whole, with the shipper's origin and an id that is not its own", async () => {
        const lines = fc.array(object, { minLength: 120, maxLength: 120 });
        await fc.assert(
            fc.asyncProperty(lines, async (texts) => {
                const name = `chat/${files++}.log`;
                shipping.append(name, `${texts.join("\n")}\n`);
                const documents = await until(`${texts.length} documents of ${name}`, 90, async () => {
                    const found = await shipping.documentsOf(name);
                    return found.length >= texts.length ? found : undefined;
                });
                assert.deepEqual(
                    documents.map(({ source }) => valueAt(source, "event.original")),
                    texts,
                );
                for (const { id, index, source } of documents) {
                    assert.match(index, /^\.ds-chattingo-chat-steering-/);
                    assert.match(id, /^[A-Z2-7]{16}$/);
                    assert.equal(source.category, "chat");
                    assert.equal(valueAt(source, "kubernetes.node.name"), "node-1");
                    assert.equal(valueAt(source, "host.name"), "node-1");
                    const known = [
                        "@timestamp",
                        "application",
                        "category",
                        "error",
                        "event",
                        "host",
                        "kubernetes",
                        "log",
                    ];
                    const others = ["message", "number", "process", "service", "span", "text", "trace", "user_id"];
                    const strange = Object.keys(source).filter((key) => ![...known, ...others].includes(key));
                    assert.deepEqual(strange, []);
                }
            }),
            { numRuns: 4, endOnFailure: true },
        );
        assert.equal(await shipping.count({ match_all: {} }, "chattingo-dead-letter-steering"), 0);
        assert.equal(await shipping.count({ term: { "error.type": "line_not_decoded" } }), 0);
        assert.equal(await shipping.count({ match_all: {} }), files * 120, "a line came into another stream");
    });

    it("is one document when it is read twice", async () => {
        const before = await shipping.count({ match_all: {} });
        await shipping.stop();
        shipping.forgetWhatWasRead();
        shipping.append("chat/0.log", '{"message":"one more"}\n');
        await shipping.start();
        await until("the line behind them", 60, async () =>
            (await shipping.count({ match_phrase: { message: "one more" } })) === 1 ? true : undefined,
        );
        assert.equal(await shipping.count({ match_all: {} }), before + 1);
    });

    it("holds up nothing when Elasticsearch refuses it, and is kept with its category, its file and the reason", async () => {
        const text = '{"message":"refused line","@metadata":{"pipeline":"no-such-pipeline"}}';
        shipping.append("system/a.log", '{"message":"makes the stream"}\n');
        await until("the stream", 60, async () =>
            (await shipping.documentsOf("system/a.log")).length === 1 ? 1 : undefined,
        );
        await shipping.client.indices.putSettings({
            index: "chattingo-system-steering",
            settings: { "index.blocks.write": true },
        });
        shipping.append("system/a.log", `${text}\n`);
        shipping.append("chat/behind.log", '{"message":"behind it"}\n');
        await until("what comes behind", 60, async () =>
            (await shipping.documentsOf("chat/behind.log")).length === 1 ? 1 : undefined,
        );
        const letter = await until("the refused line", 60, async () =>
            (await shipping.documentsOf("system/a.log")).find(({ index }) => index.includes("dead-letter")),
        );
        assert.equal(letter.source.category, "system");
        assert.equal(letter.source.message, text);
        assert.equal(valueAt(letter.source, "kubernetes.node.name"), "node-1");
        assert.match(String(valueAt(letter.source, "error.message")), /block/);
        const refusedAt = Date.parse(String(valueAt(letter.source, "event.ingested")));
        assert.ok(Math.abs(refusedAt - Date.now()) < 120_000);
        const registry = new Registry();
        const access = { url: await sharedElasticsearch(), stream: "chattingo-dead-letter-steering" };
        await new DeadLetterMetrics(registry, access).update();
        assert.match(await registry.metrics(), /^chattingo_dead_letter_lines\{category="system"\} 1$/m);
    });
});
