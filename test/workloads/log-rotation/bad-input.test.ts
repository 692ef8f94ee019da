// What rotation meets when something goes wrong around it: a clear line, exit status 1 where a log is not rotated, the
// other logs done, and nothing lost.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
    chmodSync,
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
    writeFileSync,
} from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { RotationStep } from "../../../workloads/log-rotation/rotate-log.ts";
import { LogTree, lines } from "./log-tree.ts";

const name = "app/application.log";
const other = "chat/chat.log";

describe("log-rotation in trouble", () => {
    let tree: LogTree;

    beforeEach(() => {
        tree = new LogTree();
        tree.append(name, lines(3_000));
        tree.append(other, lines(5));
    });

    afterEach(() => tree.remove());

    /** Does something once, right after the first time that rotation reaches the step. */
    const once = (step: RotationStep, action: () => void): ((reached: RotationStep) => void) => {
        let isDone = false;
        return (reached) => {
            if (reached === step && !isDone) {
                isDone = true;
                action();
            }
        };
    };
    const errors = () => tree.output.filter((line) => line.includes("ERROR"));

    it("keeps the archive of a log that is deleted while it is rotated", async () => {
        const after = once("archive-written", () => rmSync(tree.path(name)));
        assert.equal((await tree.rotate({}, { after })).files, 2);
        assert.equal(tree.archived(name).toString(), lines(3_000));
    });

    it("does not touch what takes a log's place while it is rotated", async () => {
        for (const step of ["archive-written", "pending-noted", "end-noted", "temporary-removed"] as const) {
            const own = new LogTree();
            try {
                own.append(name, lines(3_000));
                const after = once(step, () => {
                    renameSync(own.path(name), own.path("app/application.log.1"));
                    own.append(name, lines(2_000, 50_000));
                });
                assert.equal((await own.rotate({}, { after })).errors, 0);
                assert.equal(readFileSync(own.path(name), "utf8"), lines(2_000, 50_000));
                assert.equal((await own.rotate()).lines, 2_000);
                assert.equal(own.archived(name).toString(), lines(3_000) + lines(2_000, 50_000));
            } finally {
                own.remove();
            }
        }
    });

    it("goes on where a log, or its whole directory, is deleted between search and opening, and says so once", async () => {
        for (const goes of [other, "chat"]) {
            const own = new LogTree();
            try {
                own.append(name, lines(3_000));
                own.append(other, lines(5));
                const after = once("temporary-removed", () => rmSync(own.path(goes), { recursive: true }));
                const summary = await own.rotate({}, { after, atOnce: 1 });
                assert.equal(summary.errors, 0, own.output.join("\n"));
                assert.equal(summary.files, 1);
                assert.ok(own.output.filter((line) => /deleted since it was found/.test(line)).length <= 1);
            } finally {
                own.remove();
            }
        }
    });

    it("goes on where a log is deleted after it was archived, while it waits for Filebeat", async () => {
        const after = once("temporary-removed", () => rmSync(tree.path(name)));
        const summary = await tree.rotate({ FILEBEAT_REGISTRY: tree.path("no-registry") }, { after, atOnce: 1 });
        assert.equal(summary.errors, 0, errors().join("\n"));
        assert.equal(summary.files, 2);
        assert.equal(tree.archived(name).toString(), lines(3_000));
    });

    it("refuses a log whose name is too long for an archive before it writes anything, and archives it when renamed", async () => {
        const long = `app/${"l".repeat(246)}.log`;
        tree.append(long, lines(5, 100));
        for (const _ of [1, 2]) {
            const summary = await tree.rotate();
            assert.equal(summary.errors, 1);
            assert.deepEqual(
                tree.archiveNames().filter((archive) => archive.startsWith(".")),
                [],
            );
        }
        assert.match(errors()[0] ?? "", /^app\/l{246}\.log: ERROR: not rotated: ENAMETOOLONG: .* rename it$/);
        renameSync(tree.path(long), tree.path("app/short.log"));
        assert.equal((await tree.rotate()).errors, 0);
        assert.equal(tree.archived("app/short.log").toString(), lines(5, 100));
    });

    it("names what an earlier version archived of such a log under a shortened name", async () => {
        const long = `app/${"l".repeat(246)}.log`;
        await tree.rotate(
            {},
            {
                after: once("pending-noted", () => {
                    throw new Error("ended");
                }),
                atOnce: 1,
            },
        );
        const [file = ""] = readdirSync(tree.path(".rotation")).filter((each) => each.endsWith(".json"));
        const entry = JSON.parse(readFileSync(tree.path(`.rotation/${file}`), "utf8")) as {
            readonly path: string;
            readonly pending: { readonly finalName: string };
        };
        const finalName = `app_${"l".repeat(246)}_20250910_120000.log.gz`;
        const stuck = { ...entry, path: long, pending: { ...entry.pending, finalName } };
        writeFileSync(tree.path(`.rotation/${file}`), JSON.stringify(stuck));
        assert.equal((await tree.rotate()).errors, 0, errors().join("\n"));
        const [shortened = ""] = tree.archiveNames().filter((archive) => archive.includes("lll"));
        assert.match(shortened, /^app_l+~[0-9a-f]{8}_\d{8}_\d{6}\.log\.gz$/);
        assert.ok(Buffer.byteLength(shortened) <= 255);
        assert.deepEqual(
            tree.archiveNames().filter((archive) => archive.startsWith(".")),
            [],
        );
    });

    it("refuses a name that the uploader would refuse for ever", async () => {
        tree.append("app/strange\u{FFFD}.log", lines(1));
        assert.equal((await tree.rotate()).errors, 1);
        assert.match(errors()[0] ?? "", /ERROR: its name has U\+FFFD/);
    });

    it("counts what it leaves alone in the summary", async () => {
        linkSync(tree.path(name), tree.path("second-name"));
        renameSync(tree.path("chat"), tree.path("real-chat"));
        symlinkSync(tree.path("real-chat"), tree.path("chat"));
        const summary = await tree.rotate({ MAX_SIZE_MB: "100" });
        assert.equal(summary.errors, 0);
        assert.equal(summary.leftAlone, 2);
        assert.equal(tree.output.filter((line) => /WARNING: left alone/.test(line)).length, 2);
    });

    it("fails and names a due log that has a second name, and leaves it as it is", async () => {
        linkSync(tree.path(name), tree.path("second-name"));
        const summary = await tree.rotate();
        assert.equal(summary.errors, 1);
        assert.equal(summary.files, 1);
        assert.equal(summary.leftAlone, 1);
        assert.match(
            errors()[0] ?? "",
            /^app\/application\.log: ERROR: not rotated: it is due, and it has 2 names \(hard links\); remove the others$/,
        );
        assert.equal(readFileSync(tree.path(name), "utf8"), lines(3_000));
        rmSync(tree.path("second-name"));
        assert.equal((await tree.rotate()).errors, 0);
        assert.equal(tree.archived(name).toString(), lines(3_000));
    });

    it("fails for no log with a second name of which nothing is due", async () => {
        await tree.rotate();
        linkSync(tree.path(name), tree.path("second-name"));
        const summary = await tree.rotate();
        assert.equal(summary.errors, 0, errors().join("\n"));
        assert.equal(summary.leftAlone, 1);
        tree.append(name, lines(1, 3_000));
        assert.equal((await tree.rotate({ MAX_SIZE_MB: "1" })).errors, 0);
        assert.equal((await tree.rotate()).errors, 1);
    });

    it("says so when a log shrinks while it is archived, leaves no half archive, and archives it from its beginning", async () => {
        tree.append(name, "x".repeat(40_000_000));
        tree.append(name, `\n${lines(1_000, 3_000)}`);
        const rotating = tree.rotate();
        await turn();
        truncateSync(tree.path(name), 1_000_000);
        const summary = await rotating;
        assert.equal(summary.errors, 0, errors().join("\n"));
        assert.equal(summary.files, 2);
        assert.ok(
            tree.output.some((line) =>
                /while it was rotated \(it became shorter while it was read.*\): once more/.test(line),
            ),
            tree.output.join("\n"),
        );
        assert.deepEqual(
            tree.archiveNames().filter((archive) => archive.startsWith(".")),
            [],
        );
        assert.equal(tree.archived(name).toString(), lines(3_000));
        tree.append(name, "\nwhole again\n");
        assert.equal((await tree.rotate()).errors, 0);
        assert.ok(tree.archived(name).toString().startsWith(lines(3_000)));
        assert.ok(tree.archived(name).toString().endsWith("\nwhole again\n"));
    });

    it("fails a log that becomes another one whenever it is read", async () => {
        let count = 3_000;
        const now = () => {
            // Asked for again when the log was looked at and before it is read.
            count -= 100;
            truncateSync(tree.path(name), 0);
            tree.append(name, lines(count, 3_000));
            return Date.now();
        };
        const summary = await tree.rotate({}, { now, atOnce: 1 });
        assert.equal(summary.errors, 1);
        assert.match(
            errors()[0] ?? "",
            /^app\/application\.log: ERROR: not rotated: its lines changed before it was read$/,
        );
        assert.equal((await tree.rotate()).errors, 0);
        assert.equal(tree.archived(name).toString(), lines(count, 3_000));
    });

    it("archives logs with spaces, dots and long names, and lists one that is too long for an archive", async () => {
        const names = ["app/my application.log", "app/..log", "app/a..b.log", "app/-rf.log", "app/$(true).log"];
        for (const each of names) {
            tree.append(each, lines(3));
        }
        tree.append(`app/${"x".repeat(250)}.log`, lines(3));
        const summary = await tree.rotate({}, { now: () => Date.UTC(2025, 8, 10, 12) });
        assert.equal(summary.files, 2 + names.length);
        assert.equal(summary.errors, 1);
        assert.match(errors()[0] ?? "", /x{250}\.log: ERROR: not rotated: ENAMETOOLONG/);
        for (const archive of [
            "app_my application_20250910_120000.log.gz",
            "app_._20250910_120000.log.gz",
            "app_a..b_20250910_120000.log.gz",
            "app_-rf_20250910_120000.log.gz",
            "app_$(true)_20250910_120000.log.gz",
        ]) {
            assert.equal(gunzipSync(readFileSync(tree.path(`archive/${archive}`))).toString(), lines(3));
        }
    });

    it("reports a name with a line end in one line, and leaves the log as it is", async () => {
        tree.append("app/two\nlines.log", lines(3));
        const summary = await tree.rotate();
        assert.equal(summary.files, 2);
        assert.equal(summary.errors, 1);
        assert.equal(errors().length, 1);
        assert.match(errors()[0] ?? "", /^"app\/two\\nlines\.log": ERROR: its name has control characters/);
        assert.equal(readFileSync(tree.path("app/two\nlines.log"), "utf8"), lines(3));
    });

    it("keeps logs apart whose archives would have the same name", async () => {
        mkdirSync(tree.path("app_a"));
        tree.append("app/a_b.log", lines(3));
        tree.append("app_a/b.log", lines(3, 100));
        writeFileSync(tree.path("archive/app_a_b_20250910_120000.log.gz"), "of another node");
        await tree.rotate({}, { now: () => Date.UTC(2025, 8, 10, 12) });
        assert.equal(readFileSync(tree.path("archive/app_a_b_20250910_120000.log.gz"), "utf8"), "of another node");
        const archive = readFileSync(tree.path("archive/app_a_b_20250910_120001.log.gz"));
        assert.equal(gunzipSync(archive).toString(), lines(3));
        assert.equal(readFileSync(tree.path("app_a/b.log"), "utf8"), lines(3, 100));
    });

    it("names archives in the order of their lines though the clock goes backwards between and during runs", async () => {
        let time = Date.UTC(2025, 8, 10, 12);
        for (let round = 1; round < 6; round++) {
            tree.append(name, lines(10, 3_000 + 10 * round));
            await tree.rotate(
                {},
                {
                    now: () => {
                        time -= 3_700_000;
                        return time;
                    },
                },
            );
        }
        assert.equal(
            tree.archived(name).toString(),
            lines(3_000) + [1, 2, 3, 4, 5].map((round) => lines(10, 3_000 + 10 * round)).join(""),
        );
    });

    it("goes on where a link, a pipe or a directory takes a log's place between search and opening", async () => {
        const replaceBy: readonly (() => void)[] = [
            () => execFileSync("ln", ["-s", "/etc/passwd", tree.path(other)]),
            () => execFileSync("mkfifo", [tree.path(other)]),
            () => mkdirSync(tree.path(other)),
        ];
        for (const replace of replaceBy) {
            rmSync(tree.path(other), { recursive: true });
            writeFileSync(tree.path(other), lines(5));
            tree.append(name, lines(1));
            // The other log comes after this one.
            const after = once("temporary-removed", () => {
                rmSync(tree.path(other));
                replace();
            });
            const summary = await tree.rotate({}, { after, atOnce: 1 });
            assert.equal(summary.files, 1);
        }
    });

    it("finds what is due among thousands of small logs", async () => {
        for (let number = 0; number < 5_000; number++) {
            tree.append(`app/pod-${number}.log`, "a line\n");
        }
        tree.append("system/system.log", lines(1, 0, 30));
        const summary = await tree.rotate({ MAX_SIZE_MB: "100" });
        assert.equal(summary.errors, 0);
        assert.deepEqual(Object.keys(summary.methods), ["system/system.log"]);
    });

    it("keeps owner, group and mode of a log", async () => {
        chmodSync(tree.path(name), 0o604);
        execFileSync("chown", ["1234:2345", tree.path(name)]);
        await tree.rotate();
        const { uid, gid, mode } = statSync(tree.path(name));
        assert.deepEqual([uid, gid, mode & 0o7777], [1234, 2345, 0o604]);
    });

    it("makes a node's folder below the archives, with their group, whatever the umask is", async () => {
        execFileSync("chown", ["0:2345", tree.path("archive")]);
        chmodSync(tree.path("archive"), 0o2770);
        const umask = process.umask(0o077);
        try {
            await tree.rotate({ ARCHIVE_DIR: tree.path("archive/node-1") });
        } finally {
            process.umask(umask);
        }
        const { gid, mode } = statSync(tree.path("archive/node-1"));
        assert.deepEqual([gid, mode & 0o7777], [2345, 0o2770]);
        assert.ok(!existsSync(tree.path("archive/node-1/node-1")));
    });

    it("finishes an archive in the folder where it was begun when archives go to another since", async () => {
        let isEnded = false;
        const after = (step: RotationStep) => {
            if (step === "archive-named" && !isEnded) {
                isEnded = true;
                throw new Error("ended");
            }
        };
        assert.equal((await tree.rotate({}, { after })).errors, 1);
        tree.append(name, lines(10, 3_000));
        const summary = await tree.rotate({ ARCHIVE_DIR: tree.path("archive/node-1") });
        assert.equal(summary.lines, 10);
        assert.equal(tree.archived(name).toString(), lines(3_000));
        assert.ok(!tree.archiveNames().some((archive) => archive.endsWith(".partial")));
    });
});
