// A stack that keeps no raw lines: what a document says already is not there twice, and nothing of a line is lost.

import assert from "node:assert/strict";
import { until } from "../../until.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";
import { LineShipping, valueAt } from "./line-shipping.ts";

const esc = "\u001b";

describe("a line where raw lines are not kept", function () {
    this.timeout(120_000);

    let shipping: LineShipping;

    before(async () => {
        const elasticsearch = await sharedElasticsearch();
        shipping = await LineShipping.create({ elasticsearch, stack: "notraw", keepRawLine: false });
        await shipping.start();
    });

    after(() => shipping?.remove());

    it("is found by its words and fields all the same, and whole where something was taken out of it", async () => {
        const lines = [
            '{"message":"login failed","time":"2026-11-29T10:15:30.5Z","user_id":"7","order":"A 17","took":12}',
            "2026-11-29 10:15:30,500 INFO plain text",
            `2026-11-29 10:15:30,500 ${esc}[31mERROR${esc}[0m coloured`,
            '{"message":"broken',
        ];
        shipping.append("chat/a.log", `${lines.join("\n")}\n`);
        const documents = await until("the lines", 60, async () => {
            const found = await shipping.documentsOf("chat/a.log");
            return found.length >= lines.length ? found : undefined;
        });
        assert.deepEqual(
            documents.map(({ source }) => valueAt(source, "event.original")),
            [undefined, undefined, lines[2], undefined],
        );
        assert.deepEqual(
            documents.map(({ source }) => source.message),
            ["login failed", lines[1], "2026-11-29 10:15:30,500 ERROR coloured", lines[3]],
        );
        for (const query of [
            { match_phrase: { message: "login failed" } },
            { term: { user_id: "7" } },
            { term: { "application.order": "A 17" } },
            { match: { text: "17" } },
            { range: { took: { gte: 12, lte: 12 } } },
        ]) {
            assert.equal(await shipping.count(query), 1, JSON.stringify(query));
        }
    });
});
