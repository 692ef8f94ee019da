// The canary's files as Filebeat meets them: only added to, and never rewritten under an inode that it knows.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CanaryFile } from "../../../workloads/elastic-exporter/canary-file.ts";

describe("the canary's files", () => {
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "canary-file-"));
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    const text = (name: string) => readFileSync(join(folder, name), "utf8");

    it("take line after line, and a new process begins the next, since the last may have left half a line", () => {
        const first = new CanaryFile(folder);
        first.append("one");
        first.append("two");
        assert.deepEqual(readdirSync(folder), ["1.log"]);
        assert.equal(text("1.log"), "one\ntwo\n");
        assert.equal(statSync(join(folder, "1.log")).mode & 0o777, 0o640);
        writeFileSync(join(folder, "1.log"), "ha", { flag: "a" });
        new CanaryFile(folder).append("three");
        assert.equal(text("1.log"), "one\ntwo\nha");
        assert.equal(text("2.log"), "three\n");
    });

    it("are two at most, of 64 KiB and a line at most, and a new one never has the inode of the one before", () => {
        const file = new CanaryFile(folder);
        const inodes: number[] = [];
        for (let index = 0; index < 3000; index++) {
            file.append(`${index} ${"x".repeat(90)}`);
            const newest = readdirSync(folder).sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0] ?? "";
            const { ino } = statSync(join(folder, newest));
            if (inodes.at(-1) !== ino) {
                inodes.push(ino);
            }
            const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
            assert.ok(sizes.length <= 2 && sizes.every((size) => size < 64 * 1024 + 200), String(sizes));
        }
        assert.ok(inodes.length > 4, String(inodes));
    });

    it("leave alone what is no file of theirs, and go through no link", () => {
        writeFileSync(join(folder, "notes.log"), "mine");
        const file = new CanaryFile(folder);
        file.append("one");
        rmSync(join(folder, "1.log"));
        symlinkSync(join(folder, "notes.log"), join(folder, "1.log"));
        assert.throws(() => file.append("two"), /ELOOP/);
        assert.equal(text("notes.log"), "mine");
    });

    it("say that their folder is not there", () => {
        const file = new CanaryFile(join(folder, "later"));
        assert.throws(() => file.append("one"), /ENOENT/);
    });
});
