import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { checkLines } from "./live-load.ts";
import { rotateLive } from "./live-rotation.ts";
import { liveLine } from "./live-writer.ts";
import { LogTree } from "./log-tree.ts";

describe("log-rotation beside four writers of six logs", function () {
    this.timeout(120_000);

    let folder: string;
    let program: string;
    let tree: LogTree;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "log-rotation-live-"));
        program = join(folder, "log-rotation.js");
        writeFileSync(program, (await bundleWorkload("log-rotation")).content);
    });

    after(() => rmSync(folder, { recursive: true }));

    beforeEach(() => {
        tree = new LogTree();
    });

    afterEach(() => tree.remove());

    const nothingWrong = { lost: 0, doubled: 0, reordered: 0, broken: 0 };

    it("loses, doubles and reorders no line", async () => {
        const { rotations, kills, written, ...wrong } = await rotateLive(tree, program, {
            writers: 4,
            lines: 100_000,
            mostBytes: 1024 * 1024,
            rotations: 4,
            kills: 0,
        });
        assert.deepEqual(wrong, nothingWrong);
        assert.ok(written >= 100_000 && rotations >= 4 && kills === 0);
    });

    it("loses, doubles and reorders no line when it is killed at random moments", async () => {
        const { rotations, kills, written, ...wrong } = await rotateLive(tree, program, {
            writers: 4,
            lines: 20_000,
            pace: 5_000,
            rotations: 5,
            kills: 5,
        });
        assert.deepEqual(wrong, nothingWrong);
        assert.ok(written >= 20_000 && rotations >= 5 && kills >= 5);
    });

    it("would find it out: the check tells lost, doubled, reordered and broken lines", async () => {
        const numbers = [0, 1, 2, 5, 4, 6, 6];
        tree.append("app/application.log", `${numbers.map((number) => liveLine(0, number)).join("")}{"@time`);
        const pieces = [{ path: tree.path("app/application.log") }];
        assert.deepEqual(await checkLines(pieces, [8]), { written: 8, lost: 2, doubled: 1, reordered: 1, broken: 1 });
    });
});
