// Rotation at full size, as the contract wants it measured: minutes of work, so `make test` runs the same at a smaller
// size. Each test prints its figures.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installDebianPackages } from "../../lab/tools/debian-packages.ts";
import { say } from "../../lab/tools/progress.ts";
import { bundleWorkload } from "../../workloads/bundle.ts";
import type { RotationSummary } from "../../workloads/log-rotation/summary.ts";
import { type LiveTest, rotateLive } from "../workloads/log-rotation/live-rotation.ts";
import { LogTree, lines } from "../workloads/log-rotation/log-tree.ts";

describe("log-rotation at full size", () => {
    let folder: string;
    let program: string;
    let tree: LogTree;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "log-rotation-soak-"));
        program = join(folder, "log-rotation.js");
        writeFileSync(program, (await bundleWorkload("log-rotation")).content);
    });

    after(() => rmSync(folder, { recursive: true }));

    beforeEach(() => {
        tree = new LogTree();
    });

    afterEach(() => tree.remove());

    const live = async (test: LiveTest): Promise<void> => {
        const started = performance.now();
        const { written, rotations, kills, ...wrong } = await rotateLive(tree, program, test);
        const seconds = Math.round((performance.now() - started) / 1_000);
        say(`${written} lines, ${rotations} rotations, ${kills} killed, ${seconds} s: ${JSON.stringify(wrong)}`);
        assert.deepEqual(wrong, { lost: 0, doubled: 0, reordered: 0, broken: 0 });
        assert.ok(written >= test.lines && rotations >= test.rotations && kills >= test.kills);
    };

    it("loses, doubles and reorders none of 5 million lines of four fast writers in 50 rotations", () =>
        live({ writers: 4, lines: 5_000_000, mostBytes: 8 * 1024 * 1024, rotations: 50, kills: 0 }));

    it("loses, doubles and reorders no line when 200 runs are killed at random moments", () =>
        live({ writers: 4, lines: 1_000_000, pace: 3_000, rotations: 200, kills: 200 }));

    it("loses and doubles no line when the process is killed at any system call that changes something", async () => {
        await installDebianPackages([{ name: "strace", provides: "strace" }]);
        const name = "app/application.log";
        const calls = ["write", "fsync", "fdatasync", "rename", "link", "unlink", "mkdir", "fchmod", "fallocate"];
        const killedAt = new Map<string, number>();
        // Returns whether the run was killed: it may make fewer such calls.
        const killAt = async (call: string, count: number): Promise<boolean> => {
            const own = new LogTree();
            try {
                own.append(name, lines(1_000));
                own.append("chat/chat.log", lines(500));
                await own.rotate();
                own.append(name, lines(1_000, 1_000));
                const inject = `inject=${call}:signal=SIGKILL:when=${count}`;
                const { signal } = spawnSync(
                    "strace",
                    ["-f", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject, process.execPath, program],
                    {
                        // As the holder of the lock, so that the calls are those of rotation itself.
                        env: {
                            PATH: process.env.PATH,
                            ...own.environment(),
                            LOG_ROTATION_LOCK_HELD: own.path(".rotation"),
                        },
                    },
                );
                own.append(name, lines(10, 2_000));
                assert.equal((await own.rotate()).errors, 0, own.output.join("\n"));
                assert.equal(own.everything(name).toString(), lines(2_010), `killed at ${call} ${count}`);
                assert.equal(own.everything("chat/chat.log").toString(), lines(500));
                assert.ok(!own.archiveNames().some((archive) => archive.endsWith(".partial")));
                return signal === "SIGKILL";
            } finally {
                own.remove();
            }
        };
        for (const call of calls) {
            for (let count = 1; await killAt(call, count); count++) {
                killedAt.set(call, count);
            }
        }
        say(`killed at each of ${[...killedAt].map(([call, count]) => `${count} ${call}`).join(", ")}`);
        const total = [...killedAt.values()].reduce((sum, count) => sum + count, 0);
        assert.ok(total > 25, `${total} calls`);
    });

    it("finds what is due among a million small logs, in the memory of its pod", () => {
        const count = 1_000_000;
        mkdirSync(tree.path("app"), { recursive: true });
        const line = lines(1);
        for (let number = 0; number < count; number++) {
            writeFileSync(tree.path(`app/pod-${number}.log`), line);
        }
        tree.append("chat/chat.log", lines(1, 0, 30));
        const print = 'process.on("exit", () => console.error("peak", process.resourceUsage().maxRSS))';
        const rotate = () => {
            const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
                env: {
                    PATH: process.env.PATH,
                    ...tree.environment({ MAX_SIZE_MB: "100" }),
                    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(print)}`,
                },
                encoding: "utf8",
                maxBuffer: 1024 ** 3,
            });
            const summary = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RotationSummary;
            const peaks = [...stderr.matchAll(/peak (\d+)/g)].map(([, kibibytes]) => Number(kibibytes) / 1024);
            const peak = Math.round(Math.max(...peaks));
            say(`${count} logs: ${summary.files} rotated in ${summary.seconds} s, ${peak} MiB`);
            return { status, summary, peak };
        };
        const { status, summary, peak } = rotate();
        assert.equal(status, 0);
        assert.equal(summary.files, 1);
        assert.ok(peak < 200, `${peak} MiB`);
        assert.match(readdirSync(tree.path("archive"))[0] ?? "", /^chat_chat_/);
    });
});
