// Rotation on full disks at length: a writer takes every byte that becomes free, and runs are killed at random moments.
// `make test` does the same with three runs (test/workloads/log-rotation/full-volumes.test.ts). It prints its figures.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { say } from "../../lab/tools/progress.ts";
import { bundleWorkload } from "../../workloads/bundle.ts";
import { GreedyWriter } from "../workloads/log-rotation/greedy-writer.ts";
import { checkLines } from "../workloads/log-rotation/live-load.ts";
import { LogTree, lines } from "../workloads/log-rotation/log-tree.ts";
import { ProgramRun } from "../workloads/log-rotation/program-run.ts";
import { fileSystems, makeLogTree, mountVolume, type Volume } from "../workloads/log-rotation/volume.ts";

const name = "app/application.log";
const pods = 100;
/** Runs that are killed, each followed by a normal one, and the milliseconds after which no more are begun. */
const mostKills = 60;
const within = 120_000;
const fewestKills = 10;

describe("log-rotation on full disks, at length", () => {
    let folder: string;
    let program: string;
    let tree: LogTree;
    let volume: Volume | undefined;
    let writer: GreedyWriter | undefined;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "full-volumes-soak-"));
        program = join(folder, "log-rotation.js");
        writeFileSync(program, (await bundleWorkload("log-rotation")).content);
    });
    after(() => rmSync(folder, { recursive: true }));

    beforeEach(() => {
        tree = new LogTree();
    });
    afterEach(async () => {
        await writer?.kill();
        writer = undefined;
        volume?.unmount();
        volume = undefined;
        tree.remove();
    });

    for (const type of fileSystems) {
        it(`loses and doubles no line beside a writer that takes every free byte, killed again and again, on ${type}`, async () => {
            volume = await mountVolume(type, tree.path("logs"), 8 * 1024 * 1024);
            makeLogTree(tree.path("logs"));
            const environment = tree.environment({ LOG_ROOT: tree.path("logs"), ARCHIVE_DIR: tree.path("archive") });
            const run = () => new ProgramRun(program, environment);
            const runToEnd = async (): Promise<void> => {
                const { status, output } = await run().ended;
                assert.equal(status, 0, output.filter((line) => !/-> /.test(line)).join("\n"));
            };
            for (let pod = 0; pod < pods; pod++) {
                tree.append(`logs/chat/pod-${pod}.log`, lines(1, pod));
            }
            tree.append(`logs/${name}`, "");
            writer = new GreedyWriter(tree.path(`logs/${name}`));
            await writer.untilFull();
            const started = performance.now();
            let [kills, rotations, normalTime] = [0, 0, 1_000];
            while (kills < mostKills && performance.now() - started < within) {
                kills += (await run().killAfter(Math.random() * normalTime * 1.1)) ? 1 : 0;
                const before = performance.now();
                await runToEnd();
                normalTime = performance.now() - before;
                rotations++;
            }
            const ending = writer.end();
            await runToEnd();
            const written = await ending;
            await runToEnd();
            const archives = tree.archiveNames();
            assert.deepEqual(
                archives.filter((archive) => archive.startsWith(".")),
                [],
            );
            const pieces = archives
                .filter((archive) => archive.startsWith("app_"))
                .map((archive) => ({ path: tree.path(`archive/${archive}`) }));
            const { written: _, ...wrong } = await checkLines(pieces, [written]);
            say(`${type}: ${written} lines, ${rotations} rotations, ${kills} killed: ${JSON.stringify(wrong)}`);
            assert.deepEqual(wrong, { lost: 0, doubled: 0, reordered: 0, broken: 0 });
            for (let pod = 0; pod < pods; pod++) {
                assert.equal(tree.archived(`chat/pod-${pod}.log`).toString(), lines(1, pod));
            }
            assert.ok(kills >= fewestKills, `only ${kills} runs were killed`);
        });
    }
});
