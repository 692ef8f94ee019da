// Rotation where a disk is full to its last byte: that of the logs, which rotation is there to empty, and that of the
// archives, which somebody else empties.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LogTree, lines } from "./log-tree.ts";
import { fileSystems, makeLogTree, mountVolume, type Volume } from "./volume.ts";

const mebibyte = 1024 * 1024;
const name = "app/application.log";

/** Appends whole lines of up to `bytes` until nothing fits any more. */
function fill(path: string, bytes: number): void {
    const file = openSync(path, "a");
    try {
        for (let size = bytes; size >= 1; ) {
            const line = Buffer.from(`${"x".repeat(size - 1)}\n`);
            try {
                // A part of a line stays without its end, which comes with the next one.
                if (writeSync(file, line) < line.length) {
                    size = Math.floor(size / 2);
                }
            } catch (error) {
                assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
                size = Math.floor(size / 2);
            }
        }
    } finally {
        closeSync(file);
    }
}

/** A program that appends numbered lines and takes every byte that becomes free, until it is killed. */
const greedyWriter = `
const { openSync, writeSync } = require("node:fs");
const log = openSync(process.argv[1], "a");
for (let number = 0, rest = Buffer.alloc(0); ; ) {
    if (rest.length === 0) rest = Buffer.from(JSON.stringify({ number: number++, filler: "y".repeat(1500) }) + "\\n");
    try { rest = rest.subarray(writeSync(log, rest)); } catch (error) { if (error.code !== "ENOSPC") throw error; }
}
`;

describe("log-rotation where the disk of the logs is full", () => {
    let tree: LogTree;
    let volume: Volume | undefined;
    let writer: ChildProcess | undefined;

    beforeEach(() => {
        tree = new LogTree();
    });

    afterEach(async () => {
        if (writer) {
            const ended = new Promise((resolve) => writer?.on("close", resolve));
            writer.kill("SIGKILL");
            await ended;
            writer = undefined;
        }
        volume?.unmount();
        volume = undefined;
        tree.remove();
    });

    const environment = () => ({ LOG_ROOT: tree.path("logs"), ARCHIVE_DIR: tree.path("archive") });
    const mount = async (type: (typeof fileSystems)[number]): Promise<void> => {
        volume = await mountVolume(type, tree.path("logs"), 4 * mebibyte);
        makeLogTree(tree.path("logs"));
    };
    const smallLogs = () => {
        for (let pod = 0; pod < 100; pod++) {
            tree.append(`logs/chat/pod-${pod}.log`, `${lines(1, pod)}`);
        }
    };
    const available = () => statfsSync(tree.path("logs")).bavail * statfsSync(tree.path("logs")).bsize;

    for (const type of fileSystems) {
        it(`rotates all of 100 small logs and a large one, and makes room, on ${type}`, async () => {
            await mount(type);
            tree.append(`logs/${name}`, lines(1));
            await tree.rotate(environment());
            smallLogs();
            fill(tree.path(`logs/${name}`), 64 * 1024);
            const written = readFileSync(tree.path(`logs/${name}`));
            const whole = written.subarray(0, written.lastIndexOf("\n") + 1);
            const summary = await tree.rotate(environment());
            assert.equal(summary.errors, 0, tree.output.filter((line) => line.includes("ERROR")).join("\n"));
            assert.equal(summary.files, 101);
            assert.ok(available() > mebibyte, `${available()} bytes are available`);
            assert.ok(tree.archived(name).equals(whole));
            for (let pod = 0; pod < 100; pod++) {
                assert.equal(tree.archived(`chat/pod-${pod}.log`).toString(), lines(1, pod));
            }
            assert.equal((await tree.rotate(environment())).files, 0, "it archives lines twice");
            assert.deepEqual(
                tree.archiveNames().filter((archive) => archive.startsWith(".")),
                [],
            );
        });

        it(`begins on a full disk, and makes room, on ${type}`, async () => {
            await mount(type);
            smallLogs();
            fill(tree.path(`logs/${name}`), 64 * 1024);
            const summary = await tree.rotate(environment());
            assert.equal(summary.errors, 0, tree.output.filter((line) => line.includes("ERROR")).join("\n"));
            assert.equal(summary.files, 101);
            assert.ok(available() > mebibyte, `${available()} bytes are available`);
            assert.equal((await tree.rotate(environment())).files, 0, "it archives lines twice");
            assert.ok(existsSync(tree.path("logs/.rotation/id")), "the journal is not at home");
        });

        it(`loses and doubles nothing of a writer that takes every byte that becomes free, on ${type}`, async () => {
            await mount(type);
            smallLogs();
            const log = tree.path(`logs/${name}`);
            tree.append(`logs/${name}`, "");
            writer = spawn(process.execPath, ["-e", greedyWriter, log], { stdio: ["ignore", "ignore", "inherit"] });
            for (let waited = 0; available() > 0 && waited < 600; waited++) {
                await sleep(50);
            }
            for (let round = 0; round < 3; round++) {
                const summary = await tree.rotate(environment());
                assert.equal(summary.errors, 0, tree.output.filter((line) => line.includes("ERROR")).join("\n"));
                assert.ok((summary.methods[name] ?? "") === "hole", `round ${round}: nothing given back`);
            }
            const ended = new Promise((resolve) => writer?.on("close", resolve));
            writer.kill("SIGKILL");
            await ended;
            writer = undefined;
            assert.equal((await tree.rotate(environment())).errors, 0);
            const numbers = tree
                .archived(name)
                .toString()
                .trimEnd()
                .split("\n")
                .map((line) => (JSON.parse(line) as { readonly number: number }).number);
            assert.deepEqual(
                numbers,
                numbers.map((_, index) => index),
                "lost, doubled or reordered",
            );
            for (let pod = 0; pod < 100; pod++) {
                assert.equal(tree.archived(`chat/pod-${pod}.log`).toString(), lines(1, pod));
            }
        });
    }
});

describe("log-rotation where the archive volume is smaller than what is to be archived", () => {
    let tree: LogTree;
    let volume: Volume;

    beforeEach(async () => {
        tree = new LogTree();
        volume = await mountVolume("tmpfs", tree.path("small"), 16 * mebibyte);
    });

    afterEach(() => {
        volume.unmount();
        tree.remove();
    });

    it("goes on with a backlog where it stopped, each time the volume is emptied", async () => {
        const line = () => `${randomBytes(1023).toString("latin1").replaceAll("\n", " ")}\n`;
        const written = Buffer.from(Array.from({ length: 35 * 1024 }, line).join(""), "latin1");
        tree.append(name, written);
        const environment = { ARCHIVE_DIR: tree.path("small") };
        const archived: Buffer[] = [];
        let errors = 1;
        for (let run = 0; run < 6 && errors > 0; run++) {
            const summary = await tree.rotate(environment);
            errors = summary.errors;
            const names = readdirSync(tree.path("small")).toSorted();
            assert.ok(names.length > 0, `run ${run} archived nothing`);
            for (const archive of names) {
                assert.match(archive, /^app_application_\d{8}_\d{6}\.log\.gz$/);
                archived.push(readFileSync(tree.path(`small/${archive}`)));
                rmSync(tree.path(`small/${archive}`));
            }
        }
        assert.equal(errors, 0);
        const { gunzipSync } = await import("node:zlib");
        assert.ok(Buffer.concat(archived.map((archive) => gunzipSync(archive))).equals(written));
    });

    it("makes several archives of a backlog in one run, none larger than MAX_ARCHIVE_MB, in order", async () => {
        const written = lines(40_000);
        tree.append(name, `${written}half a li`);
        const summary = await tree.rotate({ MAX_ARCHIVE_MB: "1" });
        assert.equal(summary.errors, 0);
        assert.equal(summary.files, 1);
        assert.equal(summary.lines, 40_000);
        assert.equal(tree.archiveNames().length, Math.ceil(written.length / mebibyte));
        assert.equal(tree.everything(name).toString(), `${written}half a li`);
        assert.ok(tree.blockBytes(name) <= 3 * 4096);
    });

    it("makes an archive of a line that is longer than MAX_ARCHIVE_MB", async () => {
        const written = `${lines(10)}${"z".repeat(3 * mebibyte)}\n${lines(10, 10)}`;
        tree.append(name, written);
        assert.equal((await tree.rotate({ MAX_ARCHIVE_MB: "1" })).errors, 0);
        assert.equal(tree.archived(name).toString(), written);
    });

    it("goes on after the last archive when it is ended in a backlog", async () => {
        tree.append(name, lines(40_000));
        let count = 0;
        const after = (step: string) => {
            if (step === "archive-written" && ++count === 3) {
                throw new Error("ended");
            }
        };
        assert.equal((await tree.rotate({ MAX_ARCHIVE_MB: "1" }, { after })).errors, 1);
        const done = tree.archiveNames().filter((archive) => !archive.startsWith(".")).length;
        assert.equal(done, 2);
        const { lines: left } = await tree.rotate({ MAX_ARCHIVE_MB: "1" });
        assert.ok(left < 20_000, `${left} lines were archived again`);
        assert.equal(tree.archived(name).toString(), lines(40_000));
    });
});
