import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
    chmodSync,
    chownSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    truncateSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import type { RotationSummary } from "../../../workloads/log-rotation/summary.ts";
import { LogTree, lines } from "./log-tree.ts";

/** A program that appends numbered lines in pieces that end anywhere, until its time is up; it prints how many. */
const writer = `
const { openSync, writeSync } = require("node:fs");
const [file, milliseconds] = process.argv.slice(1);
const log = openSync(file, "a");
const until = Date.now() + Number(milliseconds);
let count = 0;
while (Date.now() < until) {
    let batch = "";
    for (let line = 0; line < 200; line++) batch += JSON.stringify({ message: "event " + count++ }) + "\\n";
    for (let from = 0; from < batch.length; from += 777) writeSync(log, batch.slice(from, from + 777));
}
console.log(count);
`;

function expectedLines(count: number): Buffer {
    return Buffer.from(
        [...Array(count).keys()].map((index) => `${JSON.stringify({ message: `event ${index}` })}\n`).join(""),
    );
}

describe("the bundled log-rotation program", function () {
    this.timeout(60_000);

    let programFolder: string;
    let program: string;
    let tree: LogTree;

    before(async () => {
        programFolder = mkdtempSync(join(tmpdir(), "log-rotation-program-"));
        program = join(programFolder, "log-rotation.js");
        writeFileSync(program, (await bundleWorkload("log-rotation")).content);
    });

    after(() => rmSync(programFolder, { recursive: true }));

    beforeEach(() => {
        tree = new LogTree();
    });

    afterEach(() => tree.remove());

    const start = (environment: Readonly<Record<string, string>> = {}, args: readonly string[] = []) =>
        spawnSync(process.execPath, [program, ...args], {
            env: { PATH: process.env.PATH, ...tree.environment(environment) },
            encoding: "utf8",
        });
    const summaryOf = (output: string) => JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as RotationSummary;

    it("rotates and ends its output with one JSON object", () => {
        tree.append("app/application.log", lines(10));
        const { status, stdout, stderr } = start();
        assert.equal(stderr, "");
        assert.equal(status, 0);
        assert.equal(summaryOf(stdout).lines, 10);
        assert.match(stdout.split("\n")[0] ?? "", /^app\/application\.log: 10 lines/);
        assert.equal(tree.everything("app/application.log").toString(), lines(10));
    });

    it("tells how to use it", () => {
        const { status, stdout } = start({}, ["--help"]);
        assert.equal(status, 0);
        assert.match(stdout, /MAX_AGE_DAYS/);
        assert.equal(start({}, ["--wrong"]).status, 2);
    });

    it("reports everything that is wrong with its environment together", () => {
        const { status, stdout, stderr } = start({
            MAX_AGE_DAYS: "abc",
            MAX_SIZE_MB: "-1",
            COMPRESSION_ENABLED: "yes",
            ARCHIVE_DIR: "archive",
        });
        assert.equal(status, 1);
        assert.equal(summaryOf(stdout).errors, 4);
        for (const expected of [
            "MAX_AGE_DAYS=abc",
            "MAX_SIZE_MB=-1",
            "COMPRESSION_ENABLED=yes",
            "ARCHIVE_DIR=archive",
        ]) {
            assert.ok(stderr.includes(expected), stderr);
        }
    });

    it("says what is missing when there is no log tree", () => {
        const { status, stdout, stderr } = start({ LOG_ROOT: tree.path("nowhere") });
        assert.equal(status, 1);
        assert.match(stderr, /LOG_ROOT=.*nowhere/);
        assert.equal(summaryOf(stdout).errors, 1);
        assert.ok(!existsSync(tree.path("nowhere")), "it made a log tree of its own");
    });

    it("does the other logs and loses nothing when the archive volume is full, and heals when it is not", () => {
        const volume = tree.path("small-volume");
        mkdirSync(volume);
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", volume]);
        try {
            const big = execFileSync(
                process.execPath,
                [
                    "-e",
                    "process.stdout.write(require('node:crypto').randomBytes(200000).toString('hex').replace(/(.{80})/g, '$1\\n'))",
                ],
                { maxBuffer: 1e7 },
            );
            tree.append("app/application.log", big);
            tree.append("chat/chat.log", lines(5));
            const full = start({ ARCHIVE_DIR: volume });
            assert.equal(full.status, 1);
            assert.equal(summaryOf(full.stdout).files, 1);
            assert.match(full.stdout, /app\/application\.log: ERROR: not rotated: .*ENOSPC/);
            assert.ok(readFileSync(tree.path("app/application.log")).equals(big));
            assert.equal(start().status, 0);
            assert.ok(tree.everything("app/application.log").equals(big));
        } finally {
            execFileSync("umount", [volume]);
        }
    });

    it("loses nothing when archives can't be written at all, and gives no space back", () => {
        const volume = tree.path("read-only-volume");
        mkdirSync(volume);
        execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", volume]);
        try {
            tree.append("app/application.log", lines(3_000));
            const { status, stdout } = start({ ARCHIVE_DIR: volume });
            assert.equal(status, 1);
            assert.equal(summaryOf(stdout).errors, 1);
            assert.match(stdout, /app\/application\.log: ERROR: not rotated: .*EROFS/);
            assert.equal(readFileSync(tree.path("app/application.log"), "utf8"), lines(3_000));
        } finally {
            execFileSync("umount", [volume]);
        }
    });

    it("needs no more rights than its pod has, whoever owns the logs", () => {
        const name = "app/application.log";
        tree.append(name, lines(3_000));
        chownSync(tree.path(name), 20_000, 20_000);
        chmodSync(tree.path(name), 0o600);
        const capabilities = "-all,+chown,+dac_override,+fowner";
        const { status, stdout, stderr } = spawnSync(
            "setpriv",
            ["--no-new-privs", `--bounding-set=${capabilities}`, process.execPath, program],
            { env: { PATH: process.env.PATH, ...tree.environment() }, encoding: "utf8" },
        );
        assert.equal(status, 0, stderr);
        assert.equal(summaryOf(stdout).methods[name], "hole");
        assert.equal(tree.everything(name).toString(), lines(3_000));
    });

    it("needs little memory, however large a log and its lines are", () => {
        const name = "app/application.log";
        const size = 512 * 1024 * 1024;
        tree.append(name, "");
        truncateSync(tree.path(name), size);
        tree.append(name, "\n");
        // Not maxRSS, which begins with that of the process that started it, and so with that of mocha.
        const print = `import { readFileSync } from "node:fs";
            process.on("exit", () => console.error(readFileSync("/proc/self/status", "utf8").match(/VmHWM.*/)[0]));`;
        const { status, stdout, stderr } = start({
            NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(print)}`,
        });
        assert.equal(status, 0);
        assert.equal(summaryOf(stdout).bytesIn, size + 1);
        const peaks = [...stderr.matchAll(/VmHWM:\s*(\d+) kB/g)].map(([, kibibytes]) => Number(kibibytes) / 1024);
        assert.equal(peaks.length, 2, stderr);
        // The pod's limit is 256 MiB for both processes.
        assert.ok(peaks.reduce((sum, peak) => sum + peak) < 256, `${peaks.join(" and ")} MiB`);
    });

    it("ends its output with the summary when it is told to end while it waits", async () => {
        mkdirSync(tree.path(".rotation"));
        const holder = spawn("flock", [tree.path(".rotation/lock"), "sleep", "60"], {
            stdio: "ignore",
            detached: true,
        });
        const waiting = spawn(process.execPath, [program], {
            env: { PATH: process.env.PATH, ...tree.environment() },
            stdio: ["ignore", "pipe", "pipe"],
        });
        try {
            let printed = "";
            waiting.stdout.setEncoding("utf8").on("data", (text: string) => {
                printed += text;
            });
            await sleep(1_500);
            assert.equal(waiting.exitCode, null, "it did not wait for the other run");
            const ended = new Promise((resolve) => {
                waiting.on("close", resolve);
            });
            waiting.kill("SIGTERM");
            assert.equal(await ended, 1);
            assert.equal(summaryOf(printed).errors, 1);
        } finally {
            waiting.kill("SIGKILL");
            process.kill(-(holder.pid ?? Number.NaN), "SIGKILL");
        }
    });

    it("waits for another run instead of disturbing it", async () => {
        tree.append("app/application.log", lines(50_000));
        const runs = [1, 2, 3].map(
            () =>
                new Promise<number | null>((resolve) => {
                    const child = spawn(process.execPath, [program], {
                        env: { PATH: process.env.PATH, ...tree.environment() },
                        stdio: "ignore",
                    });
                    child.on("close", resolve);
                }),
        );
        assert.deepEqual(await Promise.all(runs), [0, 0, 0]);
        assert.equal(tree.archiveNames().length, 1);
        assert.ok(tree.everything("app/application.log").equals(Buffer.from(lines(50_000))));
    });

    it("loses, doubles and reorders nothing beside a fast writer, killed at random moments", async () => {
        const name = "app/application.log";
        tree.append(name, "");
        const writing = spawn(process.execPath, ["-e", writer, tree.path(name), "3000"], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        let printed = "";
        writing.stdout.setEncoding("utf8").on("data", (text: string) => {
            printed += text;
        });
        const written = new Promise<number>((resolve) => {
            writing.on("close", () => resolve(Number(printed)));
        });
        let isWriting = true;
        void written.then(() => {
            isWriting = false;
        });
        let kills = 0;
        for (let round = 0; isWriting; round++) {
            const rotation = spawn(process.execPath, [program], {
                env: { PATH: process.env.PATH, ...tree.environment() },
                stdio: "ignore",
                detached: true,
            });
            const ended = new Promise((resolve) => {
                rotation.on("close", resolve);
            });
            if (round % 2 === 0 && rotation.pid) {
                await sleep(50 + Math.random() * 250);
                try {
                    // The whole group: the program runs itself again under a lock.
                    process.kill(-rotation.pid, "SIGKILL");
                    kills++;
                } catch {
                    // It had ended already.
                }
            }
            await ended;
        }
        assert.equal(start().status, 0);
        assert.ok(kills >= 3, `only ${kills} runs were killed`);
        const count = await written;
        assert.ok(count > 10_000, `only ${count} lines were written`);
        assert.ok(tree.everything(name).equals(expectedLines(count)), "not exactly the lines that were written");
    });
});
