import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { spaceLimit } from "../../../workloads/log-rotation/space-limit.ts";
import { FilebeatRegistry, type Identity, stateKey } from "./filebeat-registry.ts";
import { LogTree, lines } from "./log-tree.ts";

const name = "app/application.log";
const block = 4096;
const day = 24 * 60 * 60 * 1000;

/** Offsets at which the run of zero bytes in the log begins and ends; undefined without one. */
function zeros(content: Buffer): { readonly start: number; readonly end: number } | undefined {
    const start = content.indexOf(0);
    if (start < 0) {
        return undefined;
    }
    const length = content.subarray(start).findIndex((byte) => byte !== 0);
    return { start, end: length < 0 ? content.length : start + length };
}

describe("log-rotation beside Filebeat", () => {
    let tree: LogTree;
    let registry: FilebeatRegistry;
    let environment: Record<string, string>;

    beforeEach(() => {
        tree = new LogTree();
        registry = new FilebeatRegistry(tree.path("data/registry/filebeat"));
        environment = { FILEBEAT_REGISTRY: registry.folder };
        tree.append(name, lines(3_000));
    });

    afterEach(() => tree.remove());

    const hole = () => zeros(readFileSync(tree.path(name)));
    const key = (identity: Identity = "native") => stateKey(tree.path(name), identity);
    const inDays = (days: number) => ({ now: () => Date.now() + days * day });

    for (const format of ["7.17", "9"] as const) {
        for (const identity of ["native", "fingerprint", "path"] as const) {
            it(`gives back what is acknowledged in the registry of ${format} with ${identity} identity, no more`, async () => {
                const acknowledged = Buffer.byteLength(lines(1_500));
                registry.acknowledge(key(identity), acknowledged, format);
                const summary = await tree.rotate(environment);
                assert.equal(summary.files, 1);
                assert.equal(summary.methods[name], "hole");
                assert.equal(summary.spaceNotGivenBack, 0);
                assert.equal(summary.bytesWaitingForFilebeat, Buffer.byteLength(lines(3_000)) - acknowledged);
                assert.equal(hole()?.end, Math.floor((acknowledged - 1) / block) * block);
                assert.ok(
                    readFileSync(tree.path(name))
                        .subarray(acknowledged)
                        .equals(Buffer.from(lines(3_000)).subarray(acknowledged)),
                );
            });
        }
    }

    it("goes on when Filebeat does, without a new archive", async () => {
        registry.acknowledge(key(), 20_000);
        await tree.rotate(environment);
        const before = tree.blockBytes(name);
        registry.acknowledge(key(), statSync(tree.path(name)).size);
        const summary = await tree.rotate(environment);
        assert.equal(summary.files, 0);
        assert.equal(summary.bytesWaitingForFilebeat, 0);
        assert.ok(tree.blockBytes(name) < before);
        assert.ok(tree.blockBytes(name) <= 2 * block);
    });

    it("archives, and waits with the blocks, while Filebeat does not know the log", async () => {
        const before = tree.blockBytes(name);
        registry.acknowledge("filestream::chattingo::native::1-2", 1_000_000);
        registry.acknowledge(key(), null);
        for (const files of [1, 0]) {
            const summary = await tree.rotate(environment);
            assert.equal(summary.files, files);
            assert.equal(summary.errors, 0);
            assert.equal(summary.bytesWaitingForFilebeat, Buffer.byteLength(lines(3_000)));
            assert.equal(tree.blockBytes(name), before);
        }
        assert.ok(tree.output.some((line) => /archived bytes wait until Filebeat/.test(line)));
    });

    it("reads the checkpoint and what was logged after it, and not what was logged before", async () => {
        registry.acknowledge(key(), 9_000);
        registry.checkpoint({ isLogEmptied: false });
        registry.acknowledge(key(), 40_000);
        await tree.rotate(environment);
        assert.equal(hole()?.end, 9 * block);
        registry.checkpoint();
        await tree.rotate(environment);
        registry.acknowledge(key(), 60_000);
        await tree.rotate(environment);
        assert.equal(hole()?.end, 14 * block);
    });

    it("counts the input that is furthest behind, and none that is removed", async () => {
        registry.acknowledge(stateKey(tree.path(name), "native", "one"), 20_000);
        registry.acknowledge(stateKey(tree.path(name), "path", "an::native::input"), 50_000);
        registry.acknowledge(stateKey(tree.path(name), "native", "old"), 10_000, "9", 0);
        registry.acknowledge(stateKey(tree.path(name), "fingerprint", "older"), 10_000);
        registry.remove(stateKey(tree.path(name), "fingerprint", "older"));
        await tree.rotate(environment);
        assert.equal(hole()?.end, 4 * block);
    });

    it("takes no offset that is beyond the log's end: Filebeat has not noticed that it became shorter", async () => {
        const before = tree.blockBytes(name);
        registry.acknowledge(key(), 10_000_000);
        await tree.rotate(environment);
        assert.equal(tree.blockBytes(name), before);
    });

    it("takes a last operation that is half written for not done", async () => {
        registry.acknowledge(key(), 20_000);
        for (const half of ['{"op":"set","id":2}\n', '{"k":"filestream::chattingo::nati']) {
            registry.append(half);
            const { spaceNotGivenBack, errors } = await tree.rotate(environment);
            assert.equal(spaceNotGivenBack + errors, 0);
            assert.equal(hole()?.end, 4 * block);
        }
    });

    for (const [what, spoil] of [
        ["a log that is no JSON", () => registry.append("garbage\ngarbage\ngarbage\ngarbage\n")],
        [
            "operations that are missing",
            () => registry.append('{"op":"set","id":9}\n{"k":"x","v":{}}\n{"op":"set","id":10}\n{"k":"x","v":{}}\n'),
        ],
        ["a broken checkpoint", () => writeFileSync(`${registry.folder}/7.json`, '[{"_key":')],
        ["a checkpoint of another kind", () => writeFileSync(`${registry.folder}/7.json`, "{}")],
        ["another version", () => writeFileSync(`${registry.folder}/meta.json`, '{"version":"2"}')],
        ["an empty meta.json", () => writeFileSync(`${registry.folder}/meta.json`, "")],
        [
            "another backend",
            () => {
                rmSync(`${registry.folder}/meta.json`);
                writeFileSync(`${registry.folder}/filebeat.db`, "");
            },
        ],
        [
            "something that is no directory",
            () => {
                rmSync(registry.folder, { recursive: true });
                mkdirSync(registry.folder);
                mkdirSync(`${registry.folder}/meta.json`);
            },
        ],
    ] as const) {
        it(`archives, gives nothing back and says so, however long it lasts, when the registry has ${what}`, async () => {
            registry.acknowledge(key(), 20_000);
            spoil();
            const before = tree.blockBytes(name);
            for (const [files, days] of [
                [1, 0],
                [0, 30],
            ] as const) {
                const summary = await tree.rotate(environment, inDays(days));
                assert.equal(summary.files, files);
                assert.equal(summary.errors, 0);
                assert.equal(summary.spaceNotGivenBack, 1);
                assert.equal(tree.blockBytes(name), before);
                assert.match(
                    tree.output.at(-1) ?? "",
                    /WARNING: archived, but its space is not given back: FILEBEAT_REG/,
                );
            }
            assert.equal(tree.everything(name).toString(), lines(3_000));
        });
    }

    it("waits for a Filebeat that is not there yet, and no longer than a week for one that never comes", async () => {
        const before = tree.blockBytes(name);
        const without = { FILEBEAT_REGISTRY: tree.path("nowhere/registry/filebeat") };
        await tree.rotate(without);
        await tree.rotate(without, inDays(6.9));
        assert.equal(tree.blockBytes(name), before);
        const summary = await tree.rotate(without, inDays(7.1));
        assert.ok(tree.blockBytes(name) <= 2 * block);
        assert.equal(summary.bytesWaitingForFilebeat, 0);
        assert.ok(
            tree.output.some((line) => /WARNING: gave \d+ bytes back.*nothing of it was ack.* 7 days/.test(line)),
        );
        // And not for another week with the next lines.
        tree.append(name, lines(1_000, 3_000));
        await tree.rotate(without, inDays(7.2));
        assert.ok(tree.blockBytes(name) <= 2 * block);
        assert.ok(readFileSync(tree.path(name), "utf8").endsWith(lines(10, 3_990)));
    });

    it("counts the week again whenever Filebeat comes on", async () => {
        registry.acknowledge(key(), 20_000);
        await tree.rotate(environment);
        registry.acknowledge(key(), 40_000);
        await tree.rotate(environment, inDays(6));
        await tree.rotate(environment, inDays(12));
        assert.equal(hole()?.end, 9 * block);
        await tree.rotate(environment, inDays(13.1));
        assert.ok(tree.blockBytes(name) <= 2 * block);
    });

    it("gives up what is not acknowledged while the volume is nearly full, the largest first, and no more", async () => {
        const root = tree.path("small");
        mkdirSync(root);
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", root]);
        try {
            for (const directory of ["app", "chat", "archive"]) {
                mkdirSync(`${root}/${directory}`);
            }
            const small = { ...environment, LOG_ROOT: root, ARCHIVE_DIR: tree.path("archive") };
            tree.append("small/app/application.log", lines(20_000));
            tree.append("small/chat/chat.log", lines(5_000));
            await tree.rotate(small);
            const [large, little] = ["small/app/application.log", "small/chat/chat.log"] as const;
            const before = tree.blockBytes(little);
            assert.ok(tree.blockBytes(large) > 1_000_000, "it did not wait while there was space");
            const { bavail, bsize } = statfsSync(root);
            writeFileSync(`${root}/other`, Buffer.alloc(bavail * bsize - 300_000, 1));
            const summary = await tree.rotate(small);
            assert.ok(tree.blockBytes(large) <= 2 * block);
            assert.equal(tree.blockBytes(little), before);
            assert.equal(summary.errors, 0);
            assert.ok(tree.output.some((line) => /WARNING: gave \d+ bytes back.*the volume is nearly full/.test(line)));
        } finally {
            execFileSync("umount", [root]);
        }
    });

    it("starts again with a log that became shorter", async () => {
        registry.acknowledge(key(), 20_000);
        await tree.rotate(environment);
        truncateSync(tree.path(name), 0);
        tree.append(name, lines(2_000, 50_000));
        const before = tree.blockBytes(name);
        registry.acknowledge(key(), 0);
        await tree.rotate(environment);
        assert.equal(tree.blockBytes(name), before);
    });

    it("never waits for more than there is, and gives back nothing that is neither acknowledged nor given up", () => {
        const offset = fc.nat(1_000_000);
        fc.assert(
            fc.property(
                fc.record({
                    archivedUpTo: offset,
                    more: offset,
                    acknowledgement: fc.oneof(
                        fc.record({ state: fc.constant("known" as const), upTo: fc.nat(3_000_000) }),
                        fc.constant({ state: "absent" as const }),
                        fc.constant({ state: "unreadable" as const, reason: "it is broken" }),
                    ),
                    waiting: fc.option(fc.record({ since: fc.nat(20 * day), acknowledged: offset }), {
                        nil: undefined,
                    }),
                    now: fc.nat(40 * day),
                    isNearlyFull: fc.boolean(),
                }),
                ({ more, ...question }) => {
                    const size = question.archivedUpTo + more;
                    const limit = spaceLimit({ ...question, size });
                    assert.ok(limit.upTo <= question.archivedUpTo);
                    const { acknowledgement } = question;
                    const acknowledged =
                        acknowledgement.state === "known" && acknowledgement.upTo <= size ? acknowledgement.upTo : 0;
                    if (limit.notAwaitedBecause === undefined) {
                        assert.ok(limit.upTo <= acknowledged || acknowledged >= question.archivedUpTo);
                    }
                    if (question.isNearlyFull) {
                        assert.equal(limit.upTo, question.archivedUpTo);
                    }
                },
            ),
        );
    });
});

describe("the hole in a log", () => {
    let tree: LogTree;

    beforeEach(() => {
        tree = new LogTree();
    });

    afterEach(() => tree.remove());

    it("runs from the end of a line into the middle of an archived one, at every length of the lines", async () => {
        await fc.assert(
            fc.asyncProperty(
                fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 10, maxLength: 60 }),
                fc.integer({ min: 0, max: 5_000 }),
                async (lengths, unarchived) => {
                    const own = new LogTree();
                    try {
                        const archived = lengths.map((length) => `${"a".repeat(length)}\n`).join("");
                        own.append(name, archived);
                        await own.rotate();
                        own.append(name, `${"b".repeat(unarchived)}\n`);
                        const content = readFileSync(own.path(name));
                        assert.equal(content.length, archived.length + unarchived + 1);
                        assert.ok(content.subarray(archived.length).equals(Buffer.from(`${"b".repeat(unarchived)}\n`)));
                        assert.equal(content[archived.length - 1], 0x0a, "the last archived line end is gone");
                        const found = zeros(content);
                        if (found) {
                            assert.ok(found.start >= 1024);
                            assert.ok(found.start === block || content[found.start - 1] === 0x0a);
                            assert.ok(found.end - found.start >= 1000);
                            assert.ok(found.end < archived.length);
                            assert.ok(!content.subarray(found.end).includes(0));
                        }
                        assert.ok(own.blockBytes(name) <= block * (3 + Math.ceil(unarchived / block)));
                    } finally {
                        own.remove();
                    }
                },
            ),
            { numRuns: 60 },
        );
    });

    it("ends a block earlier when the last archived line ends at a block's border", async () => {
        const line = `${"x".repeat(511)}\n`;
        tree.append(name, line.repeat(8 * 5));
        await tree.rotate();
        tree.append(name, "next\n");
        assert.deepEqual(zeros(readFileSync(tree.path(name))), { start: block, end: 4 * block });
        // Who reads it again meets whole lines, one line of zero bytes, and again whole lines.
        const read = readFileSync(tree.path(name), "utf8").split("\n");
        assert.ok(read.slice(0, 8).every((text) => text === "x".repeat(511)));
        assert.match(read[8] ?? "", /^\0{12288}x+$/);
        assert.equal(read.at(-2), "next");
    });
});
