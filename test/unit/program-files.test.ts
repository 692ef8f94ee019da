// The entries of a ConfigMap that carry a program: whatever its length, plain `node` runs it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFiles } from "../../workloads/program-files.ts";

describe("programFiles", () => {
    /** What the program prints when it is run from a folder that holds the files. */
    function run(program: string, args: readonly string[] = []): string {
        const folder = mkdtempSync(join(tmpdir(), "program-files-"));
        try {
            const { data, binaryData = {} } = programFiles("program.js", program);
            for (const [name, text] of Object.entries(data)) {
                writeFileSync(join(folder, name), text);
            }
            for (const [name, text] of Object.entries(binaryData)) {
                writeFileSync(join(folder, name), Buffer.from(text, "base64"));
            }
            return execFileSync(process.execPath, [join(folder, "program.js"), ...args], { encoding: "utf8" }).trim();
        } finally {
            rmSync(folder, { recursive: true });
        }
    }

    const long = `// ${"x".repeat(200 * 1024)}\n`;

    it("leaves a short program as it is", () => {
        assert.deepEqual(programFiles("program.js", "console.log(1)\n"), {
            data: { "program.js": "console.log(1)\n" },
        });
    });

    it("compresses a long one, to the same bytes every time", () => {
        const files = programFiles("program.js", long);
        assert.deepEqual(Object.keys(files.binaryData ?? {}), ["program.js.br"]);
        assert.ok(JSON.stringify(files).length < long.length / 10);
        assert.deepEqual(programFiles("program.js", long), files);
    });

    for (const [kind, head] of [
        ["short", ""],
        ["long", long],
    ] as const) {
        it(`runs a ${kind} one as the main program, with its arguments, its modules and its own name`, () => {
            const program = `${head}const { basename } = require("node:path");
                import("node:os").then(({ EOL }) =>
                    console.log(basename(__filename), process.argv[2], require.main === module, EOL.length));`;
            assert.equal(run(program, ["--once"]), "program.js --once true 1");
        });
    }
});
