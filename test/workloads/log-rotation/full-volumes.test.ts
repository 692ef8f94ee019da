// Rotation where a disk is full to its last byte: that of the logs, which rotation is there to empty, and that of the
// archives, which somebody else empties.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
    closeSync,
    existsSync,
    fdatasyncSync,
    mkdtempSync,
    openSync,
    readdirSync,
    readFileSync,
    rmSync,
    statfsSync,
    writeFileSync,
    writeSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { installDebianPackages } from "../../../lab/tools/debian-packages.ts";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { GreedyWriter } from "./greedy-writer.ts";
import { checkLines } from "./live-load.ts";
import { LogTree, lines } from "./log-tree.ts";
import { fileSystems, makeLogTree, mountQuota, mountVolume, type Volume } from "./volume.ts";

const mebibyte = 1024 * 1024;
const name = "app/application.log";

/**
 * Appends whole lines of up to `bytes` until nothing fits any more. Each is on the disk before the next, as lines of an
 * application are that come over hours: btrfs gives back whole extents only, and would make one of all.
 */
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
                fdatasyncSync(file);
            } catch (error) {
                const { errno = 0 } = error as NodeJS.ErrnoException;
                assert.ok([constants.errno.ENOSPC, constants.errno.EDQUOT].includes(-errno), String(error));
                size = Math.floor(size / 2);
            }
        }
    } finally {
        closeSync(file);
    }
}

describe("log-rotation where the disk of the logs is full", () => {
    let tree: LogTree;
    let volume: Volume | undefined;
    let writer: GreedyWriter | undefined;

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
    const available = () => {
        // btrfs counts what was given back with its next commit.
        execFileSync("sync", ["--file-system", tree.path("logs")]);
        const { bavail, bsize } = statfsSync(tree.path("logs"));
        return bavail * bsize;
    };

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
            writer = new GreedyWriter(log);
            await writer.untilFull();
            for (let round = 0; round < 3; round++) {
                const summary = await tree.rotate(environment());
                assert.equal(summary.errors, 0, tree.output.filter((line) => line.includes("ERROR")).join("\n"));
                assert.ok((summary.methods[name] ?? "") === "hole", `round ${round}: nothing given back`);
            }
            const ending = writer.end();
            assert.equal((await tree.rotate(environment())).errors, 0);
            const written = await ending;
            assert.equal((await tree.rotate(environment())).errors, 0);
            const pieces = tree
                .archiveNames()
                .filter((archive) => archive.startsWith("app_"))
                .map((archive) => ({ path: tree.path(`archive/${archive}`) }));
            assert.deepEqual(await checkLines(pieces, [written]), {
                written,
                lost: 0,
                doubled: 0,
                reordered: 0,
                broken: 0,
            });
            for (let pod = 0; pod < 100; pod++) {
                assert.equal(tree.archived(`chat/pod-${pod}.log`).toString(), lines(1, pod));
            }
        });
    }
});

describe("log-rotation where the quota of the logs is used up", () => {
    let tree: LogTree;
    let volume: Awaited<ReturnType<typeof mountQuota>>;

    beforeEach(async () => {
        tree = new LogTree();
        volume = await mountQuota(tree.path("volume"), 4 * mebibyte);
        makeLogTree(volume.limited);
    });

    afterEach(() => {
        volume.unmount();
        tree.remove();
    });

    for (const isFirst of [true, false]) {
        it(`archives everything, and makes room when the limit is raised, ${isFirst ? "in its first run" : "with a journal that is there"}`, async () => {
            const environment = { LOG_ROOT: volume.limited, ARCHIVE_DIR: tree.path("archive") };
            const log = `${volume.limited}/${name}`;
            writeFileSync(log, lines(1));
            if (!isFirst) {
                assert.equal((await tree.rotate(environment)).errors, 0);
            }
            for (let pod = 0; pod < 10; pod++) {
                writeFileSync(`${volume.limited}/chat/pod-${pod}.log`, lines(1, pod));
            }
            fill(log, 64 * 1024);
            const written = readFileSync(log);
            const whole = written.subarray(0, written.lastIndexOf("\n") + 1);
            assert.ok(whole.length > mebibyte, `${whole.length} bytes fill it`);
            const summary = await tree.rotate(environment);
            assert.equal(summary.errors, 0, tree.output.join("\n"));
            assert.ok(tree.archived(name).equals(whole));
            for (let pod = 0; pod < 10; pod++) {
                assert.equal(tree.archived(`chat/pod-${pod}.log`).toString(), lines(1, pod));
            }
            // btrfs punches no hole beyond a limit, which is said, and done as soon as the limit is higher.
            assert.equal(summary.spaceNotGivenBack, 1);
            assert.ok(tree.output.some((line) => /space is not given back: .*quota exceeded/i.test(line)));
            execFileSync("btrfs", ["qgroup", "limit", String(5 * mebibyte), volume.limited]);
            const next = await tree.rotate(environment);
            assert.deepEqual([next.files, next.errors, next.spaceNotGivenBack], [0, 0, 0], tree.output.join("\n"));
            execFileSync("sync", ["--file-system", volume.limited]);
            writeFileSync(`${volume.limited}/chat/chat.log`, Buffer.alloc(3 * mebibyte, "y\n"));
            assert.ok(existsSync(`${volume.limited}/.rotation/id`), "the journal is not at home");
        });
    }
});

describe("log-rotation whose journal is on the archive volume for want of room, killed", () => {
    let folder: string;
    let program: string;

    before(async () => {
        await installDebianPackages([{ name: "strace", provides: "strace" }]);
        folder = mkdtempSync(join(tmpdir(), "log-rotation-killed-"));
        program = join(folder, "log-rotation.js");
        writeFileSync(program, (await bundleWorkload("log-rotation")).content);
    });
    after(() => rmSync(folder, { recursive: true }));

    /** Kills a run at the `count`th such call; returns whether it made so many, and whether entries were away then. */
    async function killAt(
        call: string,
        count: number,
    ): Promise<{ readonly isKilled: boolean; readonly wereAway: boolean }> {
        const tree = new LogTree();
        const volume = await mountVolume("tmpfs", tree.path("logs"), mebibyte);
        try {
            makeLogTree(tree.path("logs"));
            const environment = { LOG_ROOT: tree.path("logs"), ARCHIVE_DIR: tree.path("archive") };
            tree.append(`logs/${name}`, lines(100));
            tree.append("logs/chat/chat.log", lines(100));
            await tree.rotate(environment);
            tree.append("logs/chat/chat.log", lines(50, 100));
            fill(tree.path(`logs/${name}`), 32 * 1024);
            const written = readFileSync(tree.path(`logs/${name}`));
            const { signal } = spawnSync(
                "strace",
                [
                    ...["-f", "-o", "/dev/null", "-e", `trace=${call}`],
                    ...["-e", `inject=${call}:signal=SIGKILL:when=${count}`],
                    ...[process.execPath, program],
                ],
                {
                    env: {
                        PATH: process.env.PATH,
                        // strace counts by thread.
                        UV_THREADPOOL_SIZE: "1",
                        ...tree.environment(environment),
                        // As the holder of the lock, so that the calls are those of rotation itself.
                        LOG_ROTATION_LOCK_HELD: tree.path("logs/.rotation"),
                    },
                },
            );
            const away = readdirSync(tree.path("archive")).filter((each) => each.startsWith(".rotation-"));
            tree.output.length = 0;
            for (let run = 0; run < 2; run++) {
                const { errors } = await tree.rotate(environment);
                assert.equal(errors, 0, `killed at ${call} ${count}: ${tree.output.join("\n")}`);
            }
            const what = `killed at ${call} ${count}`;
            assert.equal(tree.archived("chat/chat.log").toString(), lines(150), what);
            const start = lines(100);
            const whole = written.subarray(start.length, written.lastIndexOf("\n") + 1);
            assert.ok(tree.archived(name).equals(Buffer.concat([Buffer.from(start), whole])), what);
            assert.deepEqual(
                tree.archiveNames().filter((archive) => archive.startsWith(".")),
                [],
                what,
            );
            return { isKilled: signal === "SIGKILL", wereAway: away.length > 0 };
        } finally {
            volume.unmount();
            tree.remove();
        }
    }

    it("loses and doubles nothing at any change of names, there, on the way back and in between", async () => {
        let [kills, away] = [0, 0];
        for (const call of ["mkdir", "rename", "link", "unlink", "unlinkat", "rmdir"]) {
            for (let count = 1; ; count++) {
                const { isKilled, wereAway } = await killAt(call, count);
                if (!isKilled) {
                    break;
                }
                kills += 1;
                away += wereAway ? 1 : 0;
            }
        }
        assert.ok(kills >= 12, `only ${kills} kills`);
        assert.ok(away >= 5, `entries were away at ${away} of ${kills} kills`);
    }).timeout(300_000);
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
