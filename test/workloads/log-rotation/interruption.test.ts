import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RotationStep } from "../../../workloads/log-rotation/rotate-log.ts";
import { LogTree, lines } from "./log-tree.ts";

const steps: readonly RotationStep[] = [
    "archive-written",
    "pending-noted",
    "archive-renamed",
    "end-noted",
    "space-given",
];

const name = "app/application.log";

/** Rotation, ended right after a step as a kill would: nothing after the step happens. */
async function rotateUntil(tree: LogTree, step: RotationStep): Promise<void> {
    const after = (reached: RotationStep) => {
        if (reached === step) {
            throw new Error(`ended after ${step}`);
        }
    };
    const summary = await tree.rotate({}, { after });
    assert.equal(summary.errors, 1);
}

describe("log-rotation, ended in the middle", () => {
    let tree: LogTree;

    beforeEach(() => {
        tree = new LogTree();
        tree.append(name, lines(3_000));
    });

    afterEach(() => tree.remove());

    for (const step of steps) {
        it(`loses and doubles nothing when it ends after ${step}`, async () => {
            await rotateUntil(tree, step);
            tree.append(name, lines(10, 3_000));
            assert.equal((await tree.rotate()).errors, 0);
            assert.ok(
                tree.everything(name).equals(Buffer.from(lines(3_010))),
                "not exactly the lines that were written",
            );
            assert.ok(
                !tree.archiveNames().some((archive) => archive.endsWith(".partial")),
                "a temporary archive stayed",
            );
            assert.ok(tree.blockBytes(name) <= 3 * 4096, "the space of archived lines was not given back");
        });
    }

    it("loses and doubles nothing when it ends again and again", async () => {
        for (const [round, step] of [...steps, ...steps].entries()) {
            await rotateUntil(tree, step);
            tree.append(name, lines(5, 3_000 + 5 * round));
        }
        await tree.rotate();
        assert.ok(tree.everything(name).equals(Buffer.from(lines(3_000 + 50))));
    });

    for (const step of ["archive-renamed", "end-noted", "space-given"] as const) {
        it(`archives nothing twice when it ends after ${step} and the uploader takes the archive away`, async () => {
            await rotateUntil(tree, step);
            const elsewhere = mkdtempSync(join(tmpdir(), "uploaded-"));
            try {
                const [archive = ""] = tree.archiveNames();
                renameSync(tree.path(`archive/${archive}`), join(elsewhere, archive));
                tree.append(name, lines(10, 3_000));
                assert.equal((await tree.rotate()).lines, 10);
                renameSync(join(elsewhere, archive), tree.path(`archive/${archive}`));
                assert.ok(tree.everything(name).equals(Buffer.from(lines(3_010))));
            } finally {
                rmSync(elsewhere, { recursive: true });
            }
        });
    }
});
