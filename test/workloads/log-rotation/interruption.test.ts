import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { RotationStep } from "../../../workloads/log-rotation/rotate-log.ts";
import { LogTree, lines } from "./log-tree.ts";

const steps: readonly RotationStep[] = [
    "archive-written",
    "pending-noted",
    "archive-named",
    "end-noted",
    "temporary-removed",
    "space-given",
    "space-noted",
];

const name = "app/application.log";

/** Rotates in a process of its own, which ends itself by SIGKILL after the step that its argument names. */
const killedProgram = join(import.meta.dirname, "rotation-killed-after.ts");

function endAfter(step: RotationStep): (reached: RotationStep) => void {
    return (reached) => {
        if (reached === step) {
            throw new Error(`ended after ${step}`);
        }
    };
}

/** Rotation, ended right after a step as a kill would: nothing after the step happens. */
async function rotateUntil(tree: LogTree, step: RotationStep): Promise<void> {
    const summary = await tree.rotate({}, { after: endAfter(step) });
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
            tree.append(name, lines(100, 3_000 + 100 * round));
        }
        await tree.rotate();
        assert.ok(tree.everything(name).equals(Buffer.from(lines(3_000 + 100 * 2 * steps.length))));
    });

    for (const step of steps) {
        it(`loses and doubles nothing when SIGKILL ends the process after ${step}`, async () => {
            const { signal, stderr } = spawnSync(process.execPath, [killedProgram, step], {
                env: tree.environment(),
                encoding: "utf8",
            });
            assert.equal(signal, "SIGKILL", stderr);
            tree.append(name, lines(10, 3_000));
            assert.equal((await tree.rotate()).errors, 0);
            assert.ok(tree.everything(name).equals(Buffer.from(lines(3_010))));
        });
    }

    it("completes the archive of a log that was deleted meanwhile", async () => {
        await rotateUntil(tree, "pending-noted");
        renameSync(tree.path(name), tree.path("app/deleted.txt"));
        assert.equal((await tree.rotate()).errors, 0);
        renameSync(tree.path("app/deleted.txt"), tree.path(name));
        assert.match(tree.archiveNames().join(), /^app_application_\d{8}_\d{6}\.log\.gz$/);
        assert.ok(tree.everything(name).equals(Buffer.from(lines(3_000))));
    });

    it("keeps the temporary archive until its end is noted", async () => {
        await rotateUntil(tree, "end-noted");
        assert.equal(tree.archiveNames().filter((archive) => archive.endsWith(".partial")).length, 1);
    });

    it("archives the lines again when the temporary archive is gone before it got its name", async () => {
        await rotateUntil(tree, "pending-noted");
        for (const temporary of readdirSync(tree.path("archive"))) {
            rmSync(tree.path(`archive/${temporary}`));
        }
        assert.equal((await tree.rotate()).errors, 0);
        assert.ok(tree.everything(name).equals(Buffer.from(lines(3_000))));
        assert.equal(tree.archiveNames().length, 1);
    });

    it("takes the named archive for what it is when only the temporary name is gone", async () => {
        await rotateUntil(tree, "archive-named");
        for (const temporary of readdirSync(tree.path("archive")).filter((file) => file.endsWith(".partial"))) {
            rmSync(tree.path(`archive/${temporary}`));
        }
        tree.append(name, lines(10, 3_000));
        assert.equal((await tree.rotate()).lines, 10);
        assert.ok(tree.everything(name).equals(Buffer.from(lines(3_010))));
    });

    it("leaves alone what rotation on another node is writing in the same archive directory", async () => {
        const other = ".89abcdef-2049-77.partial";
        tree.append(`archive/${other}`, "half an archive");
        await rotateUntil(tree, "archive-written");
        assert.equal((await tree.rotate()).errors, 0);
        assert.deepEqual(
            tree.archiveNames().filter((archive) => archive.endsWith(".partial")),
            [other],
        );
    });

    for (const step of ["archive-named", "end-noted", "temporary-removed", "space-given", "space-noted"] as const) {
        it(`archives nothing twice when it ends after ${step} and the uploader takes the archive away`, async () => {
            await rotateUntil(tree, step);
            tree.upload();
            tree.append(name, lines(10, 3_000));
            assert.equal((await tree.rotate()).lines, 10);
            tree.upload();
            assert.ok(tree.everything(name).equals(Buffer.from(lines(3_010))));
        });
    }

    it("loses, doubles and reorders nothing, whatever is written, ended and uploaded in whatever order", async () => {
        const action = fc.oneof(
            fc.record({ append: fc.integer({ min: 1, max: 120 }) }),
            fc.record({ appendUnfinished: fc.stringMatching(/^[a-z]{1,20}$/) }),
            fc.record({ endAfter: fc.constantFrom(...steps) }),
            fc.constant("rotate" as const),
            fc.constant("upload" as const),
        );
        await fc.assert(
            fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (actions) => {
                const own = new LogTree();
                try {
                    let written = "";
                    const append = (text: string) => {
                        own.append(name, text);
                        written += text;
                    };
                    append("first\n");
                    for (const [index, act] of actions.entries()) {
                        if (act === "rotate") {
                            assert.equal((await own.rotate()).errors, 0);
                        } else if (act === "upload") {
                            own.upload();
                        } else if ("append" in act) {
                            append(lines(act.append, index * 1_000));
                        } else if ("appendUnfinished" in act) {
                            append(act.appendUnfinished);
                        } else {
                            await own.rotate({}, { after: endAfter(act.endAfter) });
                        }
                    }
                    assert.equal((await own.rotate()).errors, 0);
                    // An archive may come back under its name after it was uploaded: it must be the same one.
                    own.upload();
                    assert.equal(own.everything(name).toString(), written);
                } finally {
                    own.remove();
                }
            }),
            { numRuns: 100 },
        );
    });
});
