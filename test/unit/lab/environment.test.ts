// What `lab env` prints, read back by a real shell.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { exportLines, labEnvironment } from "../../../lab/environment.ts";
import { assertMachineIsFit } from "../../../lab/prerequisites.ts";

describe("environment of a lab", function () {
    this.timeout(20_000);

    it("is read by a shell as it was meant, whatever the values hold", () => {
        const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
        fc.assert(
            fc.property(text, (value) => {
                const script = `${exportLines({ LAB_VALUE: value })}printf %s "$LAB_VALUE"`;
                assert.equal(execFileSync("sh", ["-c", script], { encoding: "utf8" }), value);
            }),
            { numRuns: 50, examples: [["it's"], ['$HOME `id` "\\'], ["two\nlines"]] },
        );
    });

    it("is refused with the command that starts the lab when none is running", async () => {
        const folder = await mkdtemp(join(tmpdir(), "lab-run-"));
        const previous = process.env.CHATTINGO_LAB_RUN;
        process.env.CHATTINGO_LAB_RUN = folder;
        try {
            await assert.rejects(labEnvironment("simulated"), /start it with `lab\/lab up --kind simulated`/);
        } finally {
            if (previous === undefined) {
                delete process.env.CHATTINGO_LAB_RUN;
            } else {
                process.env.CHATTINGO_LAB_RUN = previous;
            }
            await rm(folder, { recursive: true });
        }
    });
});

describe("a machine", () => {
    it("that lacks programs is told all of them before anything is built", async () => {
        const previous = process.env.PATH;
        process.env.PATH = "/nowhere";
        try {
            await assert.rejects(assertMachineIsFit("simulated"), /kubectl is missing.*\n.*openssl is missing/);
        } finally {
            process.env.PATH = previous;
        }
    });
});
