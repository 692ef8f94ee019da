// Rotation with a journal that is damaged or out of date, with what other nodes left, and with a clock that was wrong: it
// goes on exactly where the archives end, and says what it found.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
    copyFileSync,
    existsSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    statSync,
    truncateSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { LogTree, lines } from "./log-tree.ts";

const name = "app/application.log";
const day = 24 * 60 * 60 * 1000;

describe("log-rotation with a damaged state", () => {
    let tree: LogTree;

    beforeEach(() => {
        tree = new LogTree();
        tree.append(name, lines(2_000));
    });

    afterEach(() => tree.remove());

    const entryFile = (device = 0n): string => {
        const { dev, ino } = statSync(tree.path(name), { bigint: true });
        return tree.path(`.rotation/${dev + device}-${ino}.json`);
    };
    const warnings = () => tree.output.filter((line) => line.includes("WARNING"));
    const partials = () => tree.archiveNames().filter((archive) => archive.endsWith(".partial"));

    describe("of two entries that claim one log", () => {
        for (const [what, staleIsOwn] of [
            ["the exact device number", true],
            ["another device number", false],
        ] as const) {
            it(`takes the right one when a stale one is under ${what}, and says so`, async () => {
                await tree.rotate();
                const stale = readFileSync(entryFile());
                tree.append(name, lines(1_000, 2_000));
                await tree.rotate();
                const right = readFileSync(entryFile());
                writeFileSync(entryFile(), staleIsOwn ? stale : right);
                writeFileSync(entryFile(1n), staleIsOwn ? right : stale);
                tree.append(name, lines(10, 3_000));
                const summary = await tree.rotate();
                assert.equal(summary.errors, 0);
                assert.equal(summary.lines, 10);
                assert.equal(tree.archived(name).toString(), lines(3_010));
                assert.equal(
                    warnings().filter((line) => /journal entries claim it/.test(line)).length,
                    staleIsOwn ? 1 : 0,
                );
                assert.equal((await tree.rotate()).files, 0);
            });
        }

        it("takes the one that reaches furthest where both fit", async () => {
            const environment = { FILEBEAT_REGISTRY: tree.path("no-registry") };
            await tree.rotate(environment);
            const stale = readFileSync(entryFile());
            tree.append(name, lines(1_000, 2_000));
            await tree.rotate(environment);
            renameSync(entryFile(), entryFile(1n));
            writeFileSync(entryFile(), stale);
            tree.append(name, lines(10, 3_000));
            assert.equal((await tree.rotate(environment)).lines, 10);
            assert.equal(tree.archived(name).toString(), lines(3_010));
            assert.ok(warnings().some((line) => /2 journal entries claim it/.test(line)));
            assert.ok(!existsSync(entryFile(1n)));
        });
    });

    for (const [what, content] of [
        ["of zero bytes", Buffer.alloc(9)],
        ["with a path", Buffer.from("a/b")],
        ["that is empty", Buffer.alloc(0)],
        ["of random bytes", randomBytes(64)],
    ] as const) {
        it(`heals from an id ${what}, and names the file`, async () => {
            await tree.rotate();
            writeFileSync(tree.path(".rotation/id"), content);
            tree.append(name, lines(10, 2_000));
            const summary = await tree.rotate();
            assert.equal(summary.errors, 0);
            assert.equal(summary.lines, 10);
            assert.match(readFileSync(tree.path(".rotation/id"), "utf8"), /^[0-9a-f]{8}\n$/);
            assert.ok(warnings().some((line) => /\.rotation\/id: WARNING: it is damaged/.test(line)));
            assert.equal(tree.everything(name).toString(), lines(2_010));
        });
    }

    for (const [what, damage] of [
        ["torn", (file: string) => truncateSync(file, 40)],
        ["empty", (file: string) => truncateSync(file, 0)],
        ["random", (file: string) => writeFileSync(file, randomBytes(300))],
        ["no entry", (file: string) => writeFileSync(file, '{"path":"app/application.log"}')],
        ["missing", (file: string) => rmSync(file)],
    ] as const) {
        for (const filebeat of ["no Filebeat", "a Filebeat that waits"] as const) {
            it(`goes on exactly with an entry that is ${what}, by the archives on the disk, with ${filebeat}`, async () => {
                const environment: Record<string, string> =
                    filebeat === "no Filebeat" ? {} : { FILEBEAT_REGISTRY: tree.path("no-registry") };
                await tree.rotate(environment);
                tree.append(name, lines(1_000, 2_000));
                await tree.rotate(environment);
                damage(entryFile());
                tree.append(name, lines(10, 3_000));
                const summary = await tree.rotate(environment);
                assert.equal(summary.errors, 0, tree.output.join("\n"));
                assert.equal(summary.lines, 10);
                assert.equal(tree.archived(name).toString(), lines(3_010));
                assert.ok(warnings().some((line) => /the journal .*going on at offset \d+, where its last/.test(line)));
                tree.upload();
                assert.equal((await tree.rotate(environment)).files, 0, "it forgot what it found out");
            });
        }
    }

    it("notes at once what it found out, also of a log that is not due", async () => {
        await tree.rotate();
        truncateSync(entryFile(), 40);
        await tree.rotate({ MAX_SIZE_MB: "100" });
        tree.upload();
        tree.append(name, lines(10, 2_000));
        assert.equal((await tree.rotate()).lines, 10);
        assert.equal(tree.archived(name).toString(), lines(2_010));
    });

    it("names a complete archive whose entry was torn before it had its name", async () => {
        await tree.rotate();
        tree.append(name, lines(1_000, 2_000));
        const after = (step: string) => {
            if (step === "pending-noted") {
                throw new Error("ended");
            }
        };
        await tree.rotate({}, { after });
        truncateSync(entryFile(), 40);
        tree.append(name, lines(10, 3_000));
        assert.equal((await tree.rotate()).errors, 0);
        assert.equal(tree.archived(name).toString(), lines(3_010));
        assert.deepEqual(partials(), []);
    });

    describe("and temporary archives of nodes that are gone", () => {
        const orphan = ".89abcdef-2049-77.partial";
        const age = (days: number) => {
            const time = (Date.now() - days * day) / 1000;
            utimesSync(tree.path(`archive/${orphan}`), time, time);
        };

        it("removes one that is not complete and that nobody has written for a day, and says so", async () => {
            writeFileSync(tree.path(`archive/${orphan}`), gzipSync(randomBytes(10_000)).subarray(0, 5_000));
            age(0.9);
            await tree.rotate();
            assert.deepEqual(partials(), [orphan]);
            age(1.1);
            await tree.rotate();
            assert.deepEqual(partials(), []);
            assert.ok(tree.output.some((line) => line.startsWith(`${orphan}: removed: nobody has written it`)));
        });

        it("keeps one that is complete for 90 days: its node may have noted it", async () => {
            await tree.rotate();
            const [archive = ""] = tree.archiveNames();
            copyFileSync(tree.path(`archive/${archive}`), tree.path(`archive/${orphan}`));
            age(89);
            await tree.rotate();
            assert.deepEqual(partials(), [orphan]);
            age(91);
            await tree.rotate();
            assert.deepEqual(partials(), []);
        });

        it("goes by the volume's clock and not by its own", async () => {
            writeFileSync(tree.path(`archive/${orphan}`), "");
            await tree.rotate({}, { now: () => Date.now() + 400 * day });
            assert.deepEqual(partials(), [orphan]);
        });
    });

    describe("and a clock that was a year ahead", () => {
        beforeEach(async () => {
            await tree.rotate({}, { now: () => Date.now() + 365 * day });
        });

        it("names archives by the right time again, and warns once", async () => {
            for (const round of [0, 1]) {
                tree.append(name, lines(10, 2_000 + 10 * round));
                assert.equal((await tree.rotate()).errors, 0);
            }
            const years = tree.archiveNames().map((archive) => Number(/_(\d{4})\d{4}_/.exec(archive)?.[1]));
            const year = new Date().getUTCFullYear();
            assert.deepEqual(years.toSorted(), [year, year, new Date(Date.now() + 365 * day).getUTCFullYear()]);
            assert.equal(warnings().filter((line) => /clock was ahead/.test(line)).length, 1);
        });

        it("finds a line due that is old by the right time", async () => {
            tree.append(name, "a line without a time\n");
            assert.equal((await tree.rotate({ MAX_SIZE_MB: "100" }, { now: () => Date.now() + 200 * day })).lines, 1);
        });
    });

    it("keeps the names of archives in order when the clock goes back by hours", async () => {
        tree.append(name, lines(10, 2_000));
        await tree.rotate({}, { now: () => Date.now() + 0.2 * day });
        tree.append(name, lines(10, 2_010));
        await tree.rotate();
        assert.equal(tree.archived(name).toString(), lines(2_020));
        assert.deepEqual(warnings(), []);
    });

    it("reads the journal of the version before, and goes on exactly", async () => {
        await tree.rotate();
        const { tail: _, birth: __, revision: ___, ...before } = JSON.parse(readFileSync(entryFile(), "utf8"));
        writeFileSync(entryFile(), JSON.stringify(before));
        writeFileSync(tree.path(".rotation/reserve"), "x");
        tree.append(name, lines(10, 2_000));
        assert.equal((await tree.rotate()).lines, 10);
        assert.equal(tree.archived(name).toString(), lines(2_010));
        assert.ok(!readdirSync(tree.path(".rotation")).includes("reserve"));
    });

    it("makes archives that every gunzip reads as before", async () => {
        await tree.rotate();
        const content = readFileSync(tree.path(`archive/${tree.archiveNames()[0]}`));
        assert.equal(gunzipSync(content).toString(), lines(2_000));
    });
});
