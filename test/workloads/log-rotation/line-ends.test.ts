// Logs whose lines end in other ways than by LF, or whose letters are no UTF-8: archived byte for byte, or named.

import assert from "node:assert/strict";
import { LogTree, lines } from "./log-tree.ts";

describe("log-rotation of a log that is no plain text", () => {
    let tree: LogTree;

    beforeEach(() => {
        tree = new LogTree();
    });

    afterEach(() => tree.remove());

    it("archives UTF-16, Latin-1 and lines that end by CR and LF byte for byte", async () => {
        const text = "caf\u00e9 one\ncaf\u00e9 two\n";
        const logs = {
            "app/little.log": Buffer.from(`\uFEFF${text}`, "utf16le").subarray(0, -1),
            "app/big.log": Buffer.from(text, "utf16le").swap16(),
            "chat/latin.log": Buffer.from(text, "latin1"),
            "chat/crlf.log": Buffer.from(text.replaceAll("\n", "\r\n")),
        };
        for (const [name, content] of Object.entries(logs)) {
            tree.append(name, content);
        }
        assert.equal((await tree.rotate()).errors, 0);
        for (const [name, content] of Object.entries(logs)) {
            assert.ok(tree.archived(name).equals(content), name);
        }
        assert.ok(!tree.output.some((line) => line.includes("WARNING")), tree.output.join("\n"));
    });

    it("names a log that has grown by a MiB without a line end, and archives it when one comes", async () => {
        const content = "a line\r".repeat(200_000);
        tree.append("app/mac.log", content);
        tree.append("chat/chat.log", lines(5));
        assert.equal((await tree.rotate()).files, 1);
        const [warning, ...others] = tree.output.filter((line) => line.includes("WARNING"));
        assert.match(String(warning), /^app\/mac\.log: WARNING: its last 1 MiB have no line end \(LF\)/);
        assert.deepEqual(others, []);
        tree.append("app/mac.log", "\n");
        assert.equal((await tree.rotate()).files, 1);
        assert.equal(tree.archived("app/mac.log").toString(), `${content}\n`);
        assert.equal(tree.output.filter((line) => line.includes("WARNING")).length, 1);
    });
});
