// Lines as frameworks write them, through a real Filebeat into a real Elasticsearch: each is there, at its time, with the
// fields that are promised, and is found by what it says.

import assert from "node:assert/strict";
import type { LogCategory } from "../../../formats/log-categories.ts";
import { until } from "../../until.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";
import { frameworkLines, type WrittenLines } from "./framework-lines.ts";
import { libraryLines } from "./library-lines.ts";
import { type FoundDocument, LineShipping, valueAt } from "./line-shipping.ts";

const billing: LogCategory = {
    name: "billing",
    directory: "billing",
    format: "text",
    multilineStart: "^\\d\\d\\.\\d\\d\\.\\d{4} ",
    timeZone: "Europe/Berlin",
    timeFormat: "dd.MM.yyyy HH:mm:ss",
};

const everyCase: readonly WrittenLines[] = [...frameworkLines, ...libraryLines];

describe("a line in search", function () {
    this.timeout(300_000);

    let shipping: LineShipping;

    const categoryOf = ({ category = "application" }: WrittenLines) => category;
    const directoryOf = (written: WrittenLines) =>
        shipping.categories.find(({ name }) => name === categoryOf(written))?.directory ?? assert.fail();
    const fileOf = (written: WrittenLines) =>
        `${directoryOf(written)}/${String(everyCase.indexOf(written)).padStart(2, "0")}.log`;

    before(async () => {
        shipping = await LineShipping.create({
            elasticsearch: await sharedElasticsearch(),
            stack: "lines",
            applications: [billing],
        });
        for (const written of everyCase) {
            shipping.append(fileOf(written), `${written.lines.join("\n")}\n`);
        }
        await shipping.start();
    });

    after(() => shipping?.remove());

    it("is there for ten frameworks and thirty lines at least", () => {
        assert.ok(everyCase.length >= 10);
        assert.ok(everyCase.reduce((sum, { lines }) => sum + lines.length, 0) >= 30);
    });

    for (const written of everyCase) {
        it(`is found at its time with its fields: ${written.what}`, async () => {
            const expected = written.documents;
            const found = await until(`${expected.length} documents`, 150, async () => {
                const documents = await shipping.documentsOf(fileOf(written));
                return documents.length >= expected.length ? documents : undefined;
            }).catch(async (error) => {
                const there = await shipping.documentsOf(fileOf(written));
                assert.fail(
                    `${error}\n${JSON.stringify(there, undefined, 1).slice(0, 5000)}\n${shipping.log.slice(-2000)}`,
                );
            });
            assert.deepEqual(
                found.map(({ source }, index) =>
                    Object.fromEntries(Object.keys(expected[index] ?? {}).map((path) => [path, valueAt(source, path)])),
                ),
                expected,
            );
            checkOrigin(found, written);
            await checkRawLines(found, written);
            for (const query of written.foundBy ?? []) {
                const hits = await shipping.client.search({
                    index: shipping.streams,
                    query: { bool: { filter: [query, { term: { "log.file.path": shipping.path(fileOf(written)) } }] } },
                });
                const ids = hits.hits.hits.map(({ _id }) => _id);
                assert.ok(
                    found.some(({ id }) => ids.includes(id)),
                    `${JSON.stringify(query)} finds nothing`,
                );
            }
        });
    }

    /** Where a line is from is what the shipper says, whatever stands in it. */
    function checkOrigin(found: readonly FoundDocument[], written: WrittenLines): void {
        for (const { index, source } of found) {
            assert.ok(index.startsWith(`.ds-chattingo-${categoryOf(written)}-lines-`), index);
            assert.equal(source.category, categoryOf(written));
            assert.equal(valueAt(source, "log.file.path"), shipping.path(fileOf(written)));
            assert.equal(valueAt(source, "kubernetes.node.name"), "node-1");
            assert.ok(Math.abs(Date.parse(String(valueAt(source, "event.ingested"))) - Date.now()) < 600_000);
        }
    }

    /** Each line stands in its document as it was written, and a part of it finds it. */
    async function checkRawLines(found: readonly FoundDocument[], written: WrittenLines): Promise<void> {
        assert.equal(found.map(({ source }) => valueAt(source, "event.original")).join("\n"), written.lines.join("\n"));
        for (const { id, source } of found) {
            // A word that is cut is another word.
            const whole = String(valueAt(source, "event.original"));
            const part = whole.length <= 200 ? whole : whole.slice(0, 200).replace(/\S*$/, "") || whole;
            const { hits } = await shipping.client.search({
                index: shipping.streams,
                size: 1000,
                query: { match_phrase: { "event.original": part } },
            });
            assert.ok(
                hits.hits.some(({ _id }) => _id === id),
                `nothing is found by ${part}`,
            );
        }
    }

    it("is in no dead letter, and counts as no error", async () => {
        assert.equal(await shipping.count({ match_all: {} }, "chattingo-dead-letter-lines"), 0);
        assert.equal(await shipping.count({ term: { "error.type": "line_not_decoded" } }), 0);
    });

    it("adds no field but numbers to the index, and numbers no more than an index has room for", async () => {
        const mapping = await shipping.client.indices.getMapping({ index: "chattingo-application-lines" });
        const [{ mappings } = { mappings: {} }] = Object.values(mapping);
        const { number, ...others } = mappings.properties as Record<string, { properties?: object }>;
        assert.deepEqual(Object.keys(others).toSorted(), [
            ...["@timestamp", "application", "category", "error", "event", "host", "kubernetes", "log", "message"],
            ...["process", "service", "span", "text", "trace", "user_id"],
        ]);
        assert.ok(Object.keys(number?.properties ?? {}).length < 200);
    });
});
