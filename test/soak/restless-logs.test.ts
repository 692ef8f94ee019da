// Rotation beside applications that truncate their logs, or delete and make them again, at any moment of a run, while runs
// are killed at random moments. It prints its figures.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { say } from "../../lab/tools/progress.ts";
import { bundleWorkload } from "../../workloads/bundle.ts";
import { LogTree } from "../workloads/log-rotation/log-tree.ts";
import { type EndedRun, ProgramRun } from "../workloads/log-rotation/program-run.ts";
import { fileSystems, makeLogTree, mountVolume, type Volume } from "../workloads/log-rotation/volume.ts";
import { type Fate, RestlessLog, type Runs } from "./restless-log.ts";

/** Runs that are killed, each followed by a normal one, and the milliseconds after which no more are begun. */
const mostKills = 80;
const within = 180_000;
const fewestKills = 20;
const logsOfEach = 3;

/** What a run may say of a log that became another one twice while it was read. */
const mayBeSaid = /ERROR: not rotated: .*(before|while) it was read/;

describe("log-rotation of logs that are truncated or replaced, at length", () => {
    let folder: string;
    let program: string;
    let tree: LogTree;
    let volume: Volume | undefined;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "restless-logs-soak-"));
        program = join(folder, "log-rotation.js");
        writeFileSync(program, (await bundleWorkload("log-rotation")).content);
    });
    after(() => rmSync(folder, { recursive: true }));

    beforeEach(() => {
        tree = new LogTree();
    });
    afterEach(() => {
        volume?.unmount();
        volume = undefined;
        tree.remove();
    });

    for (const type of fileSystems) {
        it(`loses and doubles no line on ${type}, killed again and again`, async () => {
            volume = await mountVolume(type, tree.path("logs"), 128 * 1024 * 1024);
            const root = tree.path("logs");
            makeLogTree(root);
            const environment = tree.environment({ LOG_ROOT: root, ARCHIVE_DIR: tree.path("archive") });
            const started = performance.now();
            let isOver = false;
            /** Called at the end of each run that was not killed, with what it was told to wait for before it began. */
            let waiting: { readonly log: string; readonly done: () => void }[] = [];
            const runs: Runs = {
                areOver: () => isOver,
                afterNext: (log) => new Promise((done) => waiting.push({ log, done })),
            };
            const logs = (["truncated", "replaced"] satisfies Fate[]).flatMap((fate) =>
                Array.from(
                    { length: logsOfEach },
                    (_, index) => new RestlessLog(root, `app/${fate}-${index}.log`, fate),
                ),
            );
            const living = Promise.all(logs.map((log) => log.live(runs)));
            let areLiving = true;
            const lived = living.finally(() => {
                areLiving = false;
            });
            // A log that fails ends the test below.
            lived.catch(() => undefined);
            const output: string[] = [];
            const runToEnd = async (): Promise<EndedRun> => {
                const before = waiting;
                waiting = [];
                const ended = await new ProgramRun(program, environment).ended;
                output.push(...ended.output);
                const errors = ended.output.filter((line) => line.includes("ERROR"));
                assert.deepEqual(
                    errors.filter((line) => !mayBeSaid.test(line)),
                    [],
                );
                assert.equal(ended.status, errors.length > 0 ? 1 : 0, ended.output.join("\n"));
                for (const each of before) {
                    if (errors.some((line) => line.startsWith(`${each.log}:`))) {
                        waiting.push(each);
                    } else {
                        each.done();
                    }
                }
                return ended;
            };
            let [kills, rotations, normalTime] = [0, 0, 500];
            while (areLiving) {
                isOver = kills >= mostKills || performance.now() - started > within;
                if (!isOver) {
                    const run = new ProgramRun(program, environment);
                    kills += (await run.killAfter(Math.random() * normalTime * 1.1)) ? 1 : 0;
                    output.push(...(await run.ended).output);
                }
                const before = performance.now();
                await runToEnd();
                normalTime = performance.now() - before;
                rotations++;
            }
            await lived;
            const checks = logs.map((log) => ({ log: log.name, ...log.check(tree.archived(log.name).toString()) }));
            const sum = (count: "lives" | "settled" | "sameInode" | "written" | "archived") =>
                checks.reduce((total, check) => total + check[count], 0);
            const inTime = output.filter((line) => /WARNING: truncated or replaced within/.test(line));
            say(
                `${type}: ${sum("lives")} lives (${sum("settled")} settled, ${sum("sameInode")} with the inode of the one ` +
                    `before), ${sum("written")} lines, ${sum("archived")} archived, ${rotations} rotations, ${kills} ` +
                    `killed; ${inTime.length} warnings of a truncation between look and hole`,
            );
            const wrong = checks.filter(
                ({ lost, doubled, reordered, broken }) => lost + doubled + reordered + broken > 0,
            );
            assert.deepEqual(wrong, []);
            assert.ok(kills >= fewestKills, `only ${kills} runs were killed`);
            assert.ok(sum("lives") >= 10 * logs.length, `only ${sum("lives")} lives`);
        });
    }
});
