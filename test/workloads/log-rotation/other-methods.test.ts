// What happens where a hole is not enough: copy and truncation on file systems without holes, and compaction of logs of a
// very large apparent size.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import fc from "fast-check";
import type { RotationStep } from "../../../workloads/log-rotation/rotate-log.ts";
import { FilebeatRegistry, stateKey } from "./filebeat-registry.ts";
import { LogTree, lines } from "./log-tree.ts";

const name = "app/application.log";

const archiveSteps: readonly RotationStep[] = [
    "archive-written",
    "pending-noted",
    "archive-named",
    "end-noted",
    "temporary-removed",
];

/** Ends the run the `count`-th time that it reaches the step. */
function endAfter(step: RotationStep, count = 1): (reached: RotationStep) => void {
    let left = count;
    return (reached) => {
        if (reached === step && --left === 0) {
            throw new Error(`ended after ${step}`);
        }
    };
}

describe("log-rotation where no hole can be punched", () => {
    let tree: LogTree;

    beforeEach(() => {
        tree = new LogTree();
        // A file system in memory that has no fallocate(2).
        execFileSync("mount", ["-t", "ramfs", "ramfs", tree.path("app")]);
        tree.append(name, lines(2_000));
    });

    afterEach(() => {
        execFileSync("umount", [tree.path("app")]);
        tree.remove();
    });

    it("copies and truncates, and says so with the time in which a line would be lost", async () => {
        const { ino } = statSync(tree.path(name));
        const summary = await tree.rotate();
        assert.equal(summary.errors, 0);
        assert.equal(summary.files, 1);
        assert.equal(summary.methods[name], "truncated");
        assert.equal(summary.spaceNotGivenBack, 0);
        assert.equal(statSync(tree.path(name)).size, 0);
        assert.equal(statSync(tree.path(name)).ino, ino);
        const warning = tree.output.map((line) => /WARNING: .*copied and truncated: .* (\d+) microseconds/.exec(line));
        const microseconds = Number(warning.find((match) => match)?.[1]);
        assert.ok(microseconds < 20_000, `${microseconds} microseconds`);
    });

    it("archives what is written while it archives, before it truncates", async () => {
        const summary = await tree.rotate(
            {},
            {
                after: (step) => {
                    if (step === "temporary-removed" && statSync(tree.path(name)).size === lines(2_000).length) {
                        tree.append(name, lines(300, 2_000));
                    }
                },
            },
        );
        assert.equal(summary.lines, 2_300);
        assert.equal(tree.archiveNames().length, 2);
        tree.append(name, lines(10, 2_300));
        await tree.rotate();
        assert.equal(tree.archived(name).toString(), lines(2_310));
        assert.deepEqual(
            readdirSync(tree.path(".rotation")).filter((file) => file.endsWith(".carried")),
            [],
        );
    });

    it("does not truncate amid a line, and says so", async () => {
        tree.append(name, "half a li");
        const summary = await tree.rotate();
        assert.equal(summary.methods[name], "kept");
        assert.equal(summary.spaceNotGivenBack, 1);
        assert.ok(tree.output.some((line) => /did not end with a whole line/.test(line)));
        tree.append(name, "ne\n");
        assert.equal((await tree.rotate()).methods[name], "truncated");
        assert.equal(tree.archived(name).toString(), `${lines(2_000)}half a line\n`);
    });

    it("does not truncate what Filebeat has not acknowledged", async () => {
        const registry = new FilebeatRegistry(tree.path("registry"));
        const environment = { FILEBEAT_REGISTRY: registry.folder };
        registry.acknowledge(stateKey(tree.path(name), "native"), 50_000);
        await tree.rotate(environment);
        assert.equal(statSync(tree.path(name)).size, lines(2_000).length);
        registry.acknowledge(stateKey(tree.path(name), "native"), lines(2_000).length);
        await tree.rotate(environment);
        assert.equal(statSync(tree.path(name)).size, 0);
    });

    const steps = [
        ...archiveSteps.map((step) => [step, 1] as const),
        ...(["truncation-noted", "lines-carried", "log-truncated", "carried-noted"] as const).map(
            (step) => [step, 1] as const,
        ),
        ...archiveSteps.map((step) => [step, 2] as const),
    ];
    for (const [step, count] of steps) {
        // Enough to fill the log beyond where it was, and not.
        for (const later of [10, 4_000]) {
            it(`loses and doubles nothing when it ends after ${step} (${count}), with ${later} lines afterwards`, async () => {
                const end = endAfter(step, count);
                const summary = await tree.rotate(
                    {},
                    {
                        after: (reached) => {
                            // These lines are carried away.
                            if (reached === "truncation-noted") {
                                tree.append(name, lines(7, 2_000));
                            }
                            end(reached);
                        },
                    },
                );
                assert.equal(summary.errors, 1);
                const before =
                    step === "truncation-noted" || count === 2 || !archiveSteps.includes(step) ? 2_007 : 2_000;
                tree.append(name, lines(later, before));
                assert.equal((await tree.rotate()).errors, 0, tree.output.join("\n"));
                assert.equal(tree.everythingByJournal(name).toString(), lines(before + later));
                assert.deepEqual(
                    [...readdirSync(tree.path(".rotation")), ...tree.archiveNames()].filter((file) =>
                        /carried|partial/.test(file),
                    ),
                    [],
                );
            });
        }
    }

    it("archives what was carried away from a log that was deleted meanwhile", async () => {
        await tree.rotate(
            {},
            {
                after: (step) => {
                    if (step === "truncation-noted") {
                        tree.append(name, lines(7, 2_000));
                    } else if (step === "log-truncated") {
                        throw new Error("ended");
                    }
                },
            },
        );
        rmSync(tree.path(name));
        assert.equal((await tree.rotate()).errors, 0);
        assert.equal(tree.archived(name).toString(), lines(2_007));
        assert.equal((await tree.rotate()).errors, 0);
        assert.equal(tree.archiveNames().length, 2);
    });
});

describe("log-rotation of a log with a very large apparent size", () => {
    let tree: LogTree;
    const options = { compactFrom: 100_000 };

    beforeEach(() => {
        tree = new LogTree();
        tree.append(name, lines(3_000));
    });

    afterEach(() => tree.remove());

    it("cuts the hole out of it, keeps its beginning and its end, and goes on", async () => {
        const before = readFileSync(tree.path(name));
        const summary = await tree.rotate({}, options);
        assert.equal(summary.methods[name], "compacted");
        const after = readFileSync(tree.path(name));
        assert.ok(after.length <= 4 * 4096, `${after.length} bytes`);
        assert.ok(after.subarray(0, 1024).equals(before.subarray(0, 1024)));
        // Who reads it again meets one line of at least a thousand zero bytes, and it ends with an archived line.
        const [zeroLine, ...others] = after
            .toString("latin1")
            .split("\n")
            .filter((line) => line.includes("\0"));
        assert.match(zeroLine ?? "", /^\0{4096,}$/);
        assert.deepEqual(others, []);
        // And nothing that was archived and has another place now.
        assert.equal(after.toString("latin1").split(zeroLine ?? "")[1], "\n");
        tree.append(name, lines(50, 3_000));
        assert.equal((await tree.rotate({}, options)).lines, 50);
        assert.equal(tree.everythingByJournal(name).toString(), lines(3_050));
    });

    it("leaves it alone below that size", async () => {
        const size = lines(3_000).length;
        assert.equal((await tree.rotate({}, { compactFrom: size + 1 })).methods[name], "hole");
        assert.equal(statSync(tree.path(name)).size, size);
    });

    it("waits for a moment at which everything is archived: what is not would be read twice", async () => {
        tree.append(name, "half a li");
        assert.equal((await tree.rotate({}, options)).methods[name], "hole");
        tree.append(name, "ne\n");
        assert.equal((await tree.rotate({}, options)).lines, 1);
        tree.append(name, lines(100, 3_000));
        assert.equal((await tree.rotate({}, options)).methods[name], "compacted");
        assert.equal(tree.everythingByJournal(name).toString(), `${lines(3_000)}half a line\n${lines(100, 3_000)}`);
    });

    it("waits until Filebeat has acknowledged everything that is archived", async () => {
        const registry = new FilebeatRegistry(tree.path("registry"));
        const environment = { FILEBEAT_REGISTRY: registry.folder };
        const size = lines(3_000).length;
        registry.acknowledge(stateKey(tree.path(name), "native"), size - 50_000);
        assert.equal((await tree.rotate(environment, options)).methods[name], "hole");
        assert.equal(statSync(tree.path(name)).size, size);
        registry.acknowledge(stateKey(tree.path(name), "native"), size);
        await tree.rotate(environment, options);
        assert.ok(statSync(tree.path(name)).size < size);
    });

    for (const step of ["compaction-noted", "log-compacted", "compaction-done"] as const) {
        it(`loses and doubles nothing when it ends after ${step}`, async () => {
            assert.equal((await tree.rotate({}, { ...options, after: endAfter(step) })).errors, 1);
            tree.append(name, lines(2_000, 3_000));
            assert.equal((await tree.rotate({}, options)).errors, 0);
            tree.append(name, lines(10, 5_000));
            assert.equal((await tree.rotate({}, options)).lines, 10);
            assert.equal(tree.everythingByJournal(name).toString(), lines(5_010));
        });
    }

    it("loses, doubles and reorders nothing, whatever is written, compacted, ended and uploaded in whatever order", async () => {
        const steps: readonly RotationStep[] = [
            ...archiveSteps,
            "space-given",
            "space-noted",
            "compaction-noted",
            "log-compacted",
            "compaction-done",
        ];
        const action = fc.oneof(
            fc.record({ append: fc.integer({ min: 1, max: 400 }) }),
            fc.record({ appendUnfinished: fc.stringMatching(/^[a-z]{1,20}$/) }),
            fc.record({ endAfter: fc.constantFrom(...steps) }),
            fc.constant("rotate" as const),
            fc.constant("upload" as const),
        );
        await fc.assert(
            fc.asyncProperty(
                fc.array(action, { minLength: 5, maxLength: 25 }),
                fc.integer({ min: 1, max: 80_000 }),
                async (actions, compactFrom) => {
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
                                assert.equal((await own.rotate({}, { compactFrom })).errors, 0);
                            } else if (act === "upload") {
                                own.upload();
                            } else if ("append" in act) {
                                append(lines(act.append, index * 1_000));
                            } else if ("appendUnfinished" in act) {
                                append(act.appendUnfinished);
                            } else {
                                await own.rotate({}, { compactFrom, after: endAfter(act.endAfter) });
                            }
                        }
                        assert.equal((await own.rotate({}, { compactFrom })).errors, 0);
                        own.upload();
                        assert.equal(own.everythingByJournal(name).toString(), written);
                    } finally {
                        own.remove();
                    }
                },
            ),
            { numRuns: 40 },
        );
    });
});
