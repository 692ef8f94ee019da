// Events of several lines under adverse conditions: applications side by side, pauses within a trace, an application that
// ends with one, and events that are longer than they may be.

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../until.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";
import { type FoundDocument, LineShipping, valueAt } from "./line-shipping.ts";

const announced = "2026-11-29 10:15:30,123 ERROR [main] c.c.Chat - not sent";
const traceOf = (cause: string) => [
    announced,
    `java.lang.IllegalStateException: ${cause}`,
    "\tat com.chattingo.Room.send(Room.java:42)",
    "Caused by: java.net.SocketException: Broken pipe",
    "\t... 17 more",
];

describe("an event of several lines", function () {
    this.timeout(180_000);

    let shipping: LineShipping;

    before(async () => {
        shipping = await LineShipping.create({ elasticsearch: await sharedElasticsearch(), stack: "several" });
        await shipping.start();
    });

    after(() => shipping?.remove());

    const found = (name: string, count: number): Promise<readonly FoundDocument[]> =>
        until(`${count} events of ${name}`, 60, async () => {
            const documents = await shipping.documentsOf(name);
            return documents.length >= count ? documents : undefined;
        });
    const messages = (documents: readonly FoundDocument[]) => documents.map(({ source }) => source.message);

    it("is whole for each of two applications that write into one directory, line by line in turn", async () => {
        const [one, other] = [traceOf("one"), traceOf("other")];
        for (const [index, line] of one.entries()) {
            shipping.append("app/one.log", `${line}\n`);
            shipping.append("app/other.log", `${other[index]}\n`);
            await delay(100);
        }
        assert.deepEqual(messages(await found("app/one.log", 1)), [one.join("\n")]);
        assert.deepEqual(messages(await found("app/other.log", 1)), [other.join("\n")]);
    });

    it("is whole when its second half comes two seconds later", async () => {
        const trace = traceOf("late");
        shipping.append("app/late.log", `${trace.slice(0, 3).join("\n")}\n`);
        await delay(2000);
        shipping.append("app/late.log", `${trace.slice(3).join("\n")}\n`);
        await delay(5000);
        assert.deepEqual(messages(await found("app/late.log", 1)), [trace.join("\n")]);
    });

    it("is found, whole, when it is the last that an application writes", async () => {
        const trace = traceOf("the end");
        shipping.append("app/dying.log", `{"message":"before"}\n${trace.join("\n")}\n`);
        const documents = await found("app/dying.log", 2);
        assert.deepEqual(messages(documents).toSorted(), [trace.join("\n"), "before"]);
        assert.equal(valueAt(documents[1]?.source, "error.stack_trace"), trace.join("\n"));
    });

    it("is cut after 5,000 lines or 128 KiB, and says so", async () => {
        const frames = Array.from({ length: 6000 }, () => "\tat a.B.c(D.java:1)");
        shipping.append("chat/many.log", `${[announced, ...frames].join("\n")}\n{"message":"behind"}\n`);
        const wide = Array.from({ length: 200 }, () => `\tat ${"x".repeat(1000)}.y(Z.java:1)`);
        shipping.append("chat/wide.log", `${[announced, ...wide].join("\n")}\n{"message":"behind"}\n`);
        for (const name of ["chat/many.log", "chat/wide.log"]) {
            const documents = await found(name, 2);
            const cut = documents.find(({ source }) => String(source.message).startsWith(announced));
            assert.deepEqual([valueAt(cut?.source, "log.flags")].flat().toSorted(), ["multiline", "truncated"], name);
            assert.ok(documents.some(({ source }) => source.message === "behind"));
        }
        const [longest] = await found("chat/many.log", 2);
        assert.equal(String(longest?.source.message).split("\n").length, 5000);
    });

    it("takes nothing from the line of JSON before it, whatever stands between them", async () => {
        const json = '{"message":"before","time":"2026-11-29T10:15:30Z","user_id":"7"}';
        const followers = [
            "\tat a.B.c(D.java:1)",
            "java.lang.IllegalStateException: bare",
            "Traceback (most recent call last):",
            "",
            "}",
            "]",
            '  "looks": "like a member"',
        ];
        const nameOf = (behind: string) => `system/${followers.indexOf(behind)}.log`;
        for (const behind of followers) {
            shipping.append(nameOf(behind), `${json}\n${behind}\n${json}\n`);
        }
        for (const behind of followers) {
            const name = nameOf(behind);
            const documents = await found(name, 2);
            for (const { source } of documents) {
                assert.equal(source.message, "before", behind);
                assert.equal(source.user_id, "7", behind);
                assert.equal(source["@timestamp"], "2026-11-29T10:15:30.000Z", behind);
            }
            assert.equal(documents.length, 2, behind);
            assert.ok(
                documents.some(({ source }) => String(valueAt(source, "event.original")).includes(behind)),
                `${behind} is in no document`,
            );
        }
    });
});
