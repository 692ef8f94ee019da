// Logs in other encodings than UTF-8: right where the application's entry names the encoding, kept and flagged elsewhere.

import assert from "node:assert/strict";
import type { LogCategory } from "../../../formats/log-categories.ts";
import { until } from "../../until.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";
import { LineShipping, valueAt } from "./line-shipping.ts";

const application = (name: string, encoding: string): LogCategory => ({
    name,
    directory: name,
    format: "json",
    encoding,
});
const applications = [
    application("little", "utf-16le"),
    application("big", "utf-16be"),
    application("latin", "iso-8859-1"),
    application("czech", "windows-1250"),
];

const utf16le = (text: string) => Buffer.from(text, "utf16le");
const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();
const latin1 = (text: string) => Buffer.from(text, "latin1");

describe("a log in another encoding", function () {
    this.timeout(180_000);

    let shipping: LineShipping;

    before(async () => {
        const elasticsearch = await sharedElasticsearch();
        shipping = await LineShipping.create({ elasticsearch, stack: "encodings", applications });
        await shipping.start();
    });

    after(() => shipping?.remove());

    const found = (name: string, count: number) =>
        until(`${count} lines of ${name}`, 60, async () => {
            const documents = await shipping.documentsOf(name);
            return documents.length >= count ? documents.map(({ source }) => source) : undefined;
        });

    it("is found by its words where its application says which it is, and goes on after Filebeat's restart", async () => {
        const written = {
            "little/a.log": (text: string) => utf16le(text),
            "big/a.log": (text: string) => utf16be(text),
            "latin/a.log": (text: string) => latin1(text),
        };
        const lines = ['\uFEFF{"message":"caf\u00e9 one","user_id":"7"}', "caf\u00e9 two"];
        for (const [name, encoded] of Object.entries(written)) {
            const text = `${lines.join("\n")}\n`;
            shipping.append(name, encoded(name.startsWith("latin") ? text.slice(1) : text));
            await found(name, 2);
        }
        shipping.append("czech/a.log", Buffer.from([0x9a, 0x6b, 0x6f, 0x64, 0x61, 0x0a]));
        assert.equal((await found("czech/a.log", 1))[0]?.message, "\u0161koda");
        await shipping.stop();
        for (const [name, encoded] of Object.entries(written)) {
            shipping.append(name, encoded("caf\u00e9 three\n"));
        }
        await shipping.start();
        for (const name of Object.keys(written)) {
            const sources = await found(name, 3);
            assert.deepEqual(
                sources.map(({ message }) => message),
                ["caf\u00e9 one", "caf\u00e9 two", "caf\u00e9 three"],
                name,
            );
            assert.equal(sources[0]?.user_id, "7", name);
            assert.equal(valueAt(sources[0], "event.encoding_problem"), undefined, name);
        }
        assert.equal(await shipping.count({ match: { message: "caf\u00e9" } }), 9);
    });

    it("is kept and flagged by its file where nobody says which it is", async () => {
        const texts = {
            "chat/latin.log": latin1('{"message":"caf\u00e9 au lait"}\n'),
            "chat/wide.log": utf16le('{"message":"wide line"}\n{"message":"second"}\n'),
        };
        for (const [name, content] of Object.entries(texts)) {
            shipping.append(name, content);
        }
        shipping.append("chat/plain.log", '{"message":"caf\u00e9"}\n');
        const latin = await found("chat/latin.log", 1);
        const wide = await found("chat/wide.log", 2);
        const plain = await found("chat/plain.log", 1);
        assert.match(String(latin[0]?.message), /^caf. au lait$/);
        assert.deepEqual(
            wide.map(({ message }) => message),
            ["wide line", "second"],
        );
        for (const source of [...latin, ...wide]) {
            assert.equal(valueAt(source, "event.encoding_problem"), "not_utf8");
        }
        assert.equal(valueAt(plain[0], "event.encoding_problem"), undefined);
        const { aggregations } = await shipping.client.search({
            index: shipping.streams,
            size: 0,
            query: { exists: { field: "event.encoding_problem" } },
            aggs: { files: { terms: { field: "log.file.path" } } },
        });
        const { buckets } = aggregations?.files as { readonly buckets: readonly { readonly key: string }[] };
        assert.deepEqual(
            buckets.map(({ key }) => key).toSorted(),
            Object.keys(texts).map((name) => shipping.path(name)),
        );
    });
});
