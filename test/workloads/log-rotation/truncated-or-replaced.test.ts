// Logs that somebody else truncates or replaces, at any moment of a run: what is written afterwards is another log's, and
// nothing is ever taken from it.

import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import type { RotationStep } from "../../../workloads/log-rotation/rotate-log.ts";
import { LogTree, lines } from "./log-tree.ts";
import { makeLogTree, mountVolume, type Volume } from "./volume.ts";

const name = "app/application.log";

/** Sixteen lines that every log of an application begins with, 71 bytes each. */
const banner = Array.from({ length: 16 }, (_, line) => `${`banner ${line} `.padEnd(70, "=")}\n`).join("");

describe("log-rotation of a log that is truncated while it is rotated", () => {
    let tree: LogTree;

    beforeEach(() => {
        tree = new LogTree();
    });

    afterEach(() => tree.remove());

    const stepsBeforeHole: readonly RotationStep[] = [
        "archive-written",
        "pending-noted",
        "archive-named",
        "end-noted",
        "temporary-removed",
    ];

    for (const step of stepsBeforeHole) {
        for (const [what, start, count] of [
            ["fewer lines", "", 2_000],
            ["more lines", "", 6_000],
            ["the same banner and more lines", banner, 6_000],
        ] as const) {
            it(`loses no line when it gets ${what} after ${step}`, async () => {
                const before = start + lines(3_000);
                const since = start + lines(count, 50_000);
                tree.append(name, before);
                let isDone = false;
                const after = (reached: RotationStep) => {
                    if (reached === step && !isDone) {
                        isDone = true;
                        truncateSync(tree.path(name), 0);
                        tree.append(name, since);
                    }
                };
                const summary = await tree.rotate({}, { after });
                assert.equal(summary.errors, 0, tree.output.join("\n"));
                assert.equal(readFileSync(tree.path(name), "utf8"), since, "bytes of the new lines were taken");
                assert.ok(tree.output.some((line) => /truncated or replaced while it was rotated/.test(line)));
                assert.equal((await tree.rotate()).errors, 0);
                assert.equal(tree.archived(name).toString(), before + since);
            });
        }
    }

    it("loses no line of a backlog of several archives that is truncated between two of them", async () => {
        const before = banner + lines(30_000);
        const since = banner + lines(40_000, 50_000);
        tree.append(name, before);
        let count = 0;
        const after = (reached: RotationStep) => {
            if (reached === "temporary-removed" && ++count === 2) {
                truncateSync(tree.path(name), 0);
                tree.append(name, since);
            }
        };
        await tree.rotate({ MAX_ARCHIVE_MB: "1" }, { after });
        assert.equal(readFileSync(tree.path(name), "utf8"), since);
        assert.equal((await tree.rotate({ MAX_ARCHIVE_MB: "1" })).errors, 0);
        const archived = tree.archived(name).toString();
        assert.ok(archived.endsWith(since));
        assert.ok(before.startsWith(archived.slice(0, -since.length)));
    });
});

describe("log-rotation of a log that begins as its predecessor did", () => {
    let tree: LogTree;
    let volume: Volume;
    let environment: Record<string, string>;

    beforeEach(async () => {
        tree = new LogTree();
        // ext4 gives the inode of a deleted file to the next one, if nobody else makes files there.
        volume = await mountVolume("ext4", tree.path("logs"), 16 * 1024 * 1024);
        makeLogTree(tree.path("logs"));
        environment = { LOG_ROOT: tree.path("logs"), ARCHIVE_DIR: tree.path("archive") };
    });

    afterEach(() => {
        volume.unmount();
        tree.remove();
    });

    const log = `logs/${name}`;

    for (const [what, replace] of [
        ["has its inode", () => rmSync(tree.path(log))],
        ["is the same file, truncated", () => truncateSync(tree.path(log), 0)],
    ] as const) {
        for (const wasWaiting of [false, true]) {
            it(`archives all of it where it ${what}${wasWaiting ? " and no space was given back" : ""}`, async () => {
                const settings = wasWaiting
                    ? { ...environment, FILEBEAT_REGISTRY: tree.path("no-registry") }
                    : environment;
                const [before, since] = [banner + lines(1_000), banner + lines(1_500, 50_000)];
                tree.append(log, before);
                const { ino } = statSync(tree.path(log));
                await tree.rotate(settings);
                replace();
                tree.append(log, since);
                assert.equal(statSync(tree.path(log)).ino, ino);
                assert.equal((await tree.rotate(settings)).errors, 0);
                assert.equal(tree.archived(name).toString(), before + since);
            });
        }
    }

    it("archives all of it even where it has the very same lines", async () => {
        const [before, since] = [lines(1_000), lines(1_500)];
        tree.append(log, before);
        await tree.rotate(environment);
        truncateSync(tree.path(log), 0);
        tree.append(log, since);
        await tree.rotate(environment);
        assert.equal(tree.archived(name).toString(), before + since);
    });
});
