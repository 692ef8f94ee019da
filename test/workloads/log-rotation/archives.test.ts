import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
    existsSync,
    linkSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    statSync,
    symlinkSync,
    truncateSync,
    unlinkSync,
    writeFileSync,
} from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { LogTree, lines } from "./log-tree.ts";

describe("log-rotation's archives", () => {
    let tree: LogTree;

    beforeEach(() => {
        tree = new LogTree();
    });

    afterEach(() => tree.remove());

    it("hold the whole lines, under the name that the contract gives them", async () => {
        tree.append("app/application.log", `${lines(3)}half a li`);
        const summary = await tree.rotate({}, { now: () => Date.UTC(2025, 8, 10, 12, 0, 0, 789) });
        assert.deepEqual(tree.archiveNames(), ["app_application_20250910_120000.log.gz"]);
        assert.equal(tree.everything("app/application.log").toString(), `${lines(3)}half a li`);
        assert.equal(summary.files, 1);
        assert.equal(summary.lines, 3);
        assert.equal(summary.bytesIn, Buffer.byteLength(lines(3)));
        assert.equal(summary.errors, 0);
    });

    it("are plain when compression is off", async () => {
        tree.append("chat/chat.log", lines(3));
        await tree.rotate({ COMPRESSION_ENABLED: "false" }, { now: () => Date.UTC(2025, 8, 10) });
        assert.deepEqual(tree.archiveNames(), ["chat_chat_20250910_000000.log"]);
        assert.equal(readFileSync(tree.path("archive/chat_chat_20250910_000000.log"), "utf8"), lines(3));
    });

    it("are readable by owner and group only", async () => {
        tree.append("auth/auth.log", lines(1));
        const umask = process.umask(0o077);
        try {
            await tree.rotate();
        } finally {
            process.umask(umask);
        }
        assert.equal(statSync(tree.path(`archive/${tree.archiveNames()[0]}`)).mode & 0o777, 0o640);
    });

    it("are made of every log in a category, and of nothing else", async () => {
        for (const name of ["app/application.log", "app/pod-1.log", "system/system.log"]) {
            tree.append(name, lines(2));
        }
        for (const name of ["app/notes.txt", "app/application.log.1", "elsewhere/other.log", "app/below/deep.log"]) {
            tree.append(name, lines(2));
        }
        const { files } = await tree.rotate({}, { now: () => Date.UTC(2025, 0, 2) });
        assert.equal(files, 3);
        assert.deepEqual(tree.archiveNames(), [
            "app_application_20250102_000000.log.gz",
            "app_pod-1_20250102_000000.log.gz",
            "system_system_20250102_000000.log.gz",
        ]);
    });

    it("are made of the logs of applications, also when nobody tells of them any more", async () => {
        const name = "push-gateway/worker.log";
        tree.append(name, lines(2));
        assert.equal((await tree.rotate()).files, 0);
        const told = { APPLICATION_DIRECTORIES: "billing,push-gateway" };
        const { files, errors } = await tree.rotate(told, { now: () => Date.UTC(2025, 0, 2) });
        assert.deepEqual([files, errors], [1, 0], "a directory that is not there has no logs");
        assert.deepEqual(tree.archiveNames(), ["push-gateway_worker_20250102_000000.log.gz"]);
        tree.append(name, lines(1, 2));
        tree.append("push-gateway/other.log", lines(1));
        assert.equal((await tree.rotate()).lines, 2);
        assert.equal(tree.everything(name).toString(), lines(3));
    });

    it("leave the log its name, inode and size, and give its blocks back", async () => {
        const name = "app/application.log";
        tree.append(name, lines(20_000));
        const before = statSync(tree.path(name));
        const { methods } = await tree.rotate();
        const after = statSync(tree.path(name));
        assert.equal(methods[name], "hole");
        assert.equal(after.ino, before.ino);
        assert.equal(after.size, before.size);
        assert.ok(before.blocks * 512 > 1_000_000);
        // The first block stays, and the last one where it is not archived to its end.
        assert.ok(tree.blockBytes(name) <= 2 * 4096, `${tree.blockBytes(name)} bytes are still in use`);
        const head = readFileSync(tree.path(name)).subarray(0, 1024);
        assert.ok(!head.includes(0), "the beginning, by which a file is told from others, is gone");
    });

    it("go on where the last one ended, and a run with nothing new makes none", async () => {
        const name = "error/error.log";
        tree.append(name, lines(100));
        await tree.rotate();
        assert.equal((await tree.rotate()).files, 0);
        tree.append(name, lines(50, 100));
        assert.equal((await tree.rotate()).lines, 50);
        assert.equal(tree.archiveNames().length, 2);
        assert.equal(tree.everything(name).subarray(0).toString(), lines(100) + lines(50, 100));
    });

    it("never share a name, even within a second and when the clock goes backwards", async () => {
        const name = "app/application.log";
        const noon = Date.UTC(2025, 8, 10, 12);
        for (const [round, now] of [noon, noon + 10, noon - 60_000, noon + 20].entries()) {
            tree.append(name, lines(1, round));
            await tree.rotate({}, { now: () => now });
        }
        assert.deepEqual(
            tree.archiveNames().map((archive) => archive.slice(-13, -7)),
            ["120000", "120001", "120002", "120003"],
        );
        assert.equal(tree.everything(name).toString(), [0, 1, 2, 3].map((round) => lines(1, round)).join(""));
    });

    it("never take the place of a file that is there already", async () => {
        const taken = "archive/app_application_20250910_120000.log.gz";
        writeFileSync(tree.path(taken), "somebody else's");
        tree.append("app/application.log", lines(1));
        await tree.rotate({}, { now: () => Date.UTC(2025, 8, 10, 12) });
        assert.equal(readFileSync(tree.path(taken), "utf8"), "somebody else's");
        assert.ok(existsSync(tree.path("archive/app_application_20250910_120001.log.gz")));
    });

    it("are not made of an empty log, nor of one without a whole line", async () => {
        tree.append("app/application.log", "");
        tree.append("chat/chat.log", "x".repeat(200_000));
        assert.equal((await tree.rotate()).files, 0);
        assert.deepEqual(tree.archiveNames(), []);
    });

    it("never take the place of a file that appears while they are written", async () => {
        const taken = "archive/app_application_20250910_120000.log.gz";
        tree.append("app/application.log", lines(1));
        await tree.rotate(
            {},
            {
                now: () => Date.UTC(2025, 8, 10, 12),
                after: (step) => {
                    if (step === "pending-noted") {
                        writeFileSync(tree.path(taken), "somebody else's");
                    }
                },
            },
        );
        assert.equal(readFileSync(tree.path(taken), "utf8"), "somebody else's");
        assert.deepEqual(tree.archiveNames(), [
            "app_application_20250910_120000.log.gz",
            "app_application_20250910_120001.log.gz",
        ]);
        rmSync(tree.path(taken));
        assert.equal(tree.everything("app/application.log").toString(), lines(1));
    });

    it("never get a name that an uploaded archive of the log's predecessor had", async () => {
        const name = "app/application.log";
        const now = () => Date.UTC(2025, 8, 10, 12);
        tree.append(name, lines(1));
        await tree.rotate({}, { now });
        rmSync(tree.path(`archive/${tree.archiveNames()[0]}`));
        renameSync(tree.path(name), tree.path("app/old.txt"));
        tree.append(name, lines(1, 1));
        await tree.rotate({}, { now });
        assert.deepEqual(tree.archiveNames(), ["app_application_20250910_120001.log.gz"]);
    });

    it("start again with a log that was shortened", async () => {
        const name = "app/application.log";
        tree.append(name, lines(100));
        await tree.rotate();
        truncateSync(tree.path(name), 0);
        tree.append(name, lines(5, 500));
        assert.equal((await tree.rotate()).lines, 5);
    });

    it("start again with another file in the same place, even one with the same inode", async () => {
        const name = "app/application.log";
        tree.append(name, lines(10));
        await tree.rotate();
        // The file system gives the inode of a deleted file to the next one: the size alone would not tell them apart.
        rmSync(tree.path(name));
        tree.append(name, lines(40, 700));
        assert.equal((await tree.rotate()).lines, 40);
    });

    it("follow a log that was renamed within its category", async () => {
        tree.append("app/application.log", lines(10));
        await tree.rotate();
        renameSync(tree.path("app/application.log"), tree.path("app/renamed.log"));
        tree.append("app/renamed.log", lines(3, 10));
        assert.equal((await tree.rotate()).lines, 3);
    });

    it("hold what is due by age and leave what is not", async () => {
        tree.append("app/application.log", lines(2, 0, 8));
        tree.append("chat/chat.log", lines(2, 0, 6));
        await tree.rotate({ MAX_SIZE_MB: "100", MAX_AGE_DAYS: "7" });
        assert.deepEqual(tree.archiveNames().length, 1);
        assert.match(tree.archiveNames()[0] ?? "", /^app_/);
    });

    it("hold what has lines without an archive for longer than ARCHIVE_WITHIN_HOURS", async () => {
        tree.append("app/application.log", lines(2, 0, 25 / 24));
        tree.append("chat/chat.log", lines(2, 0, 23 / 24));
        tree.append("system/system.log", "a line without a time\n");
        const quiet = { MAX_SIZE_MB: "100", MAX_AGE_DAYS: "90" };
        assert.equal((await tree.rotate({ ...quiet, ARCHIVE_WITHIN_HOURS: "0" })).files, 0);
        const summary = await tree.rotate({ ...quiet, ARCHIVE_WITHIN_HOURS: "24" });
        assert.deepEqual(Object.keys(summary.methods), ["app/application.log"]);
        const tomorrow = () => Date.now() + 25 * 60 * 60 * 1000;
        assert.equal((await tree.rotate({ ...quiet, ARCHIVE_WITHIN_HOURS: "24" }, { now: tomorrow })).files, 2);
    });

    it("are due by the age of a line of any length", async () => {
        const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60 * 1000).toISOString();
        const line = (age: number, bytes: number) =>
            `${JSON.stringify({ message: "\u00e9".repeat(bytes / 2), "@timestamp": days(age) })}\n`;
        tree.append("app/application.log", line(8, 130 * 1024));
        tree.append("chat/chat.log", line(6, 130 * 1024));
        tree.append("error/error.log", line(8, 9 * 1024 * 1024));
        await tree.rotate({ MAX_SIZE_MB: "100", MAX_AGE_DAYS: "7" });
        assert.deepEqual(
            tree.archiveNames().map((name) => name.split("_")[0]),
            ["app", "error"],
        );
    });

    it("hold what is due by size, counted from the last archive", async () => {
        const name = "app/application.log";
        const mebibyte = `${"x".repeat(1023)}\n`.repeat(1024);
        tree.append(name, mebibyte);
        assert.equal((await tree.rotate({ MAX_SIZE_MB: "2" })).files, 0);
        tree.append(name, mebibyte);
        assert.equal((await tree.rotate({ MAX_SIZE_MB: "2" })).files, 1);
        tree.append(name, mebibyte);
        assert.equal((await tree.rotate({ MAX_SIZE_MB: "2" })).files, 0);
    });

    it("go by the age of a log that took another's place, not by its predecessor's", async () => {
        const name = "app/application.log";
        const monthsAgo = Date.now() - 90 * 24 * 60 * 60 * 1000;
        tree.append(name, "no JSON\n");
        await tree.rotate({}, { now: () => monthsAgo });
        truncateSync(tree.path(name), 0);
        tree.append(name, "new\n");
        assert.equal((await tree.rotate({ MAX_SIZE_MB: "100" })).files, 0);
    });

    it("go by the time of the last rotation where a line has no time", async () => {
        const name = "app/application.log";
        const day = 24 * 60 * 60 * 1000;
        tree.append(name, "no JSON\n");
        await tree.rotate();
        tree.append(name, "no JSON either\n");
        const daysLater = (days: number) => tree.rotate({ MAX_SIZE_MB: "100" }, { now: () => Date.now() + days * day });
        assert.equal((await daysLater(6.9)).files, 0);
        assert.equal((await daysLater(7.1)).files, 1);
    });

    it("go on with a log whose device got another number, as after a restart of the machine", async () => {
        const name = "app/application.log";
        tree.append(name, lines(2_000));
        await tree.rotate();
        const { dev, ino } = statSync(tree.path(name), { bigint: true });
        renameSync(tree.path(`.rotation/${dev}-${ino}.json`), tree.path(`.rotation/${dev + 1n}-${ino}.json`));
        tree.append(name, lines(10, 2_000));
        assert.equal((await tree.rotate()).lines, 10);
        assert.ok(tree.everything(name).equals(Buffer.from(lines(2_010))));
    });

    it("go on after the hole of a log whose journal was lost, say so, and lose nothing", async () => {
        const name = "app/application.log";
        tree.append(name, lines(3_000));
        await tree.rotate();
        rmSync(tree.path(".rotation"), { recursive: true });
        tree.append(name, lines(10, 3_000));
        assert.equal((await tree.rotate()).errors, 0);
        assert.ok(
            tree.output.some((line) => /WARNING: the journal does not know it.*going on at offset \d+/.test(line)),
        );
        const [first, second] = tree
            .archiveNames()
            .map((file) => gunzipSync(readFileSync(tree.path(`archive/${file}`))));
        assert.equal(first?.toString(), lines(3_000));
        const again = (second?.length ?? 0) - Buffer.byteLength(lines(10, 3_000));
        assert.ok(again >= 0 && again < 4096, `${again} bytes are in both archives`);
        assert.ok(lines(3_010).endsWith(second?.toString() ?? ""), "the second archive is not the end of the log");
        assert.equal((await tree.rotate()).files, 0);
    });

    it("forget logs that are long gone, and never one that is there", async () => {
        const entries = () => readdirSync(tree.path(".rotation")).filter((file) => file.endsWith(".json")).length;
        const inDays = (days: number) => ({ now: () => Date.now() + days * 24 * 60 * 60 * 1000 });
        tree.append("app/pod-1.log", lines(1));
        tree.append("app/pod-2.log", lines(1));
        await tree.rotate();
        rmSync(tree.path("app/pod-1.log"));
        await tree.rotate({}, inDays(89));
        assert.equal(entries(), 2);
        await tree.rotate({}, inDays(91));
        assert.equal(entries(), 1);
        assert.equal((await tree.rotate()).files, 0);
    });

    for (const [what, hide, show] of [
        [
            "has another name too",
            () => linkSync(tree.path("app/pod-1.log"), tree.path("other-name")),
            () => rmSync(tree.path("other-name")),
        ],
        [
            "is behind a link",
            () => {
                renameSync(tree.path("app"), tree.path("real-app"));
                symlinkSync(tree.path("real-app"), tree.path("app"));
            },
            () => {
                unlinkSync(tree.path("app"));
                renameSync(tree.path("real-app"), tree.path("app"));
            },
        ],
    ] as const) {
        it(`never forget a log that is passed over because it ${what}`, async () => {
            const name = "app/pod-1.log";
            tree.append(name, lines(3_000));
            await tree.rotate();
            hide();
            await tree.rotate({}, { now: () => Date.now() + 91 * 24 * 60 * 60 * 1000 });
            show();
            tree.append(name, lines(1, 3_000));
            assert.equal((await tree.rotate()).lines, 1);
            assert.ok(tree.everything(name).equals(Buffer.from(lines(3_001))));
        });
    }

    it("are made, and give space back, when the disk of the logs is full to its last byte", async () => {
        const root = tree.path("full");
        const name = "full/app/application.log";
        mkdirSync(root);
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", root]);
        try {
            const environment = { LOG_ROOT: root, ARCHIVE_DIR: tree.path("archive") };
            tree.append(name, lines(1));
            await tree.rotate(environment);
            const fill = (file: string, bytes: number) => {
                for (;;) {
                    tree.append(file, `${"x".repeat(bytes - 1)}\n`);
                }
            };
            assert.throws(() => fill(name, 1_000), { code: "ENOSPC" });
            assert.throws(() => fill("full/other", 1), { code: "ENOSPC" });
            const written = readFileSync(tree.path(name));
            const summary = await tree.rotate(environment);
            assert.equal(summary.errors, 0, tree.output.join("\n"));
            assert.equal(summary.methods["app/application.log"], "hole");
            tree.append(name, "there is space again\n");
            const archives = tree.archiveNames().map((file) => readFileSync(tree.path(`archive/${file}`)));
            const whole = written.subarray(0, written.lastIndexOf("\n") + 1);
            assert.ok(Buffer.concat(archives.map((archive) => gunzipSync(archive))).equals(whole));
        } finally {
            execFileSync("umount", [root]);
        }
    });

    it("leave a log untouched, its times too, when there is nothing new", async () => {
        const name = "app/application.log";
        tree.append(name, lines(2_000));
        await tree.rotate();
        const before = statSync(tree.path(name), { bigint: true });
        await tree.rotate();
        assert.equal(statSync(tree.path(name), { bigint: true }).ctimeNs, before.ctimeNs);
    });

    for (const [what, content] of [
        ["lines that end in CR LF", "one\r\ntwo\r\n"],
        ["empty lines", "\n\n\n"],
        ["NUL bytes", "\0\0\n\0\n"],
        ["bytes that are not UTF-8", Buffer.from([0xff, 0xc3, 0x28, 0x0a, 0x80, 0x0a])],
        ["a line of several blocks", `${"x".repeat(300_000)}\n`],
    ] as const) {
        it(`keep ${what} as they are`, async () => {
            tree.append("app/application.log", content);
            await tree.rotate();
            tree.append("app/application.log", "unfinished");
            assert.equal((await tree.rotate()).files, 0);
            const [archive = ""] = tree.archiveNames();
            assert.ok(gunzipSync(readFileSync(tree.path(`archive/${archive}`))).equals(Buffer.from(content)));
        });
    }

    it("are not made of links, pipes and files with several names, and these stay as they are", async () => {
        tree.append("outside.log", lines(3));
        symlinkSync(tree.path("outside.log"), tree.path("app/link.log"));
        tree.append("app/named.log", lines(3));
        linkSync(tree.path("app/named.log"), tree.path("other-name"));
        execFileSync("mkfifo", [tree.path("app/pipe.log")]);
        mkdirSync(tree.path("app/directory.log"));
        rmSync(tree.path("chat"), { recursive: true });
        mkdirSync(tree.path("real-chat"));
        tree.append("real-chat/chat.log", lines(3));
        symlinkSync(tree.path("real-chat"), tree.path("chat"));
        const summary = await tree.rotate();
        assert.equal(summary.files, 0);
        assert.equal(summary.errors, 1, "the one with several names is due");
        assert.deepEqual(tree.archiveNames(), []);
        assert.equal(readFileSync(tree.path("app/named.log"), "utf8"), lines(3));
        assert.equal(tree.output.filter((line) => line.includes("left alone")).length, 5);
    });

    it("report a log whose name is no UTF-8, which no archive could be named after", async () => {
        tree.append("app/application.log", lines(1));
        writeFileSync(Buffer.concat([Buffer.from(tree.path("app/")), Buffer.from([0xff]), Buffer.from(".log")]), "x\n");
        const summary = await tree.rotate();
        assert.equal(summary.files, 1);
        assert.equal(summary.errors, 1);
        assert.ok(tree.output.some((line) => /ERROR: its name is not UTF-8/.test(line)));
    });

    it("of the other logs are made when one can't be", async () => {
        tree.append("app/application.log", lines(3));
        tree.append("chat/chat.log", lines(3));
        await tree.rotate();
        const [entry] = execFileSync("grep", ["-l", "app/application", "-r", tree.path(".rotation")], {
            encoding: "utf8",
        }).split("\n");
        rmSync(entry ?? "");
        mkdirSync(entry ?? "");
        tree.append("app/application.log", lines(3, 3));
        tree.append("chat/chat.log", lines(3, 3));
        const summary = await tree.rotate();
        assert.equal(summary.files, 1);
        assert.equal(summary.errors, 1);
        assert.ok(tree.output.some((line) => /^app\/application\.log: ERROR: not rotated: EISDIR/.test(line)));
        assert.equal(tree.everything("chat/chat.log").toString(), lines(6));
    });

    it("say which root is missing", async () => {
        await assert.rejects(
            tree.rotate({ LOG_ROOT: tree.path("nowhere") }),
            /LOG_ROOT=.*nowhere: there is no such directory/,
        );
    });

    it("and the live log are exactly what was written, whatever it was and whenever rotation came", async () => {
        const bytes = fc.oneof(
            fc.constant(Buffer.from("\n")),
            fc.constant(Buffer.from("\r\n")),
            fc.constant(Buffer.from([0, 0, 0x0a])),
            fc.constant(Buffer.from([0xff, 0xfe, 0xc3, 0x28])),
            fc.constant(Buffer.concat([Buffer.alloc(9_000, "long"), Buffer.from("\n")])),
            fc.uint8Array({ maxLength: 6_000 }).map((array) => Buffer.from(array)),
            fc.string({ maxLength: 200 }).map((text) => Buffer.from(`${text}\n`)),
        );
        const actions = fc.array(
            fc.oneof({ weight: 3, arbitrary: bytes }, { weight: 1, arbitrary: fc.constant("rotate" as const) }),
            { maxLength: 25 },
        );
        await fc.assert(
            fc.asyncProperty(actions, fc.boolean(), async (steps, isCompressed) => {
                const own = new LogTree();
                try {
                    const written: Buffer[] = [];
                    own.append("app/application.log", "");
                    for (const step of [...steps, "rotate" as const]) {
                        if (step === "rotate") {
                            const summary = await own.rotate({ COMPRESSION_ENABLED: String(isCompressed) });
                            assert.equal(summary.errors, 0);
                        } else {
                            own.append("app/application.log", step);
                            written.push(step);
                        }
                    }
                    assert.ok(own.everything("app/application.log").equals(Buffer.concat(written)));
                } finally {
                    own.remove();
                }
            }),
            { numRuns: 60 },
        );
    });
});
