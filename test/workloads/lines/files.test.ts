// Files that are deleted, renamed or followed by one with the same inode: every line that Filebeat can still read is in
// search, once.

import assert from "node:assert/strict";
import { renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../until.ts";
import { sharedElasticsearch } from "../shared-elasticsearch.ts";
import { LineShipping } from "./line-shipping.ts";

/** A day becomes 24 seconds. */
const heldOpenDividedBy = 3600;

/** More than Filebeat's pause between two looks at whether a file is quiet (5 s), and less than a day as it is here. */
const quietMilliseconds = 7000;

const linesOf = (what: string, count: number) =>
    Array.from({ length: count }, (_, line) => `{"message":"${what} ${line}"}\n`).join("");

describe("a file that Filebeat follows", function () {
    this.timeout(180_000);

    let shipping: LineShipping;

    before(async () => {
        const elasticsearch = await sharedElasticsearch();
        shipping = await LineShipping.create({ elasticsearch, stack: "files", heldOpenDividedBy });
        await shipping.start();
    });

    after(() => shipping?.remove());

    async function allOf(name: string, count: number): Promise<void> {
        await until(`${count} lines of ${name}`, 60, async () =>
            (await shipping.documentsOf(name)).length >= count ? true : undefined,
        ).catch(async () => undefined);
        assert.equal((await shipping.documentsOf(name)).length, count, name);
    }

    it("is read whole when it follows one that was quiet for hours and deleted, within one look", async () => {
        shipping.append("chat/a.log", linesOf("a", 100));
        await allOf("chat/a.log", 100);
        const { ino } = statSync(shipping.path("chat/a.log"));
        await delay(quietMilliseconds);
        unlinkSync(shipping.path("chat/a.log"));
        writeFileSync(shipping.path("chat/b.log"), linesOf("b", 201));
        assert.notEqual(statSync(shipping.path("chat/b.log")).ino, ino, "the inode was free for another file");
        await allOf("chat/b.log", 201);
        await allOf("chat/a.log", 100);
    });

    it("is read to its last line when it was quiet for hours, written and at once deleted or renamed", async () => {
        for (const name of ["app/deleted.log", "app/renamed.log"]) {
            shipping.append(name, linesOf("quiet", 3));
            await allOf(name, 3);
        }
        await delay(quietMilliseconds);
        for (const name of ["app/deleted.log", "app/renamed.log"]) {
            shipping.append(name, '{"message":"the last line"}\n');
        }
        unlinkSync(shipping.path("app/deleted.log"));
        renameSync(shipping.path("app/renamed.log"), shipping.path("app/renamed.log.1"));
        await allOf("app/deleted.log", 4);
        await allOf("app/renamed.log", 4);
    });

    it("is read whole when it lives for half a second", async () => {
        const names = Array.from({ length: 8 }, (_, file) => `auth/short-${file}.log`);
        for (const name of names) {
            writeFileSync(shipping.path(name), linesOf(name, 20));
            await delay(500);
            unlinkSync(shipping.path(name));
        }
        for (const name of names) {
            await allOf(name, 20);
        }
    });
});
