// What rotation reads of what it or Filebeat wrote, when anything may have happened to the bytes: journal entries, the seal
// and the origin of an archive, and Filebeat's registry. Each reader says that it is none, or gives something that can be
// worked with; and a run over a tree with such bytes loses no line.

import assert from "node:assert/strict";
import {
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    truncateSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readSeal, sealBytes, sealOf } from "../../../formats/archive-seal.ts";
import { originMember, readCompleteArchive, readOrigin } from "../../../workloads/log-rotation/archive-origin.ts";
import { FilebeatProgress } from "../../../workloads/log-rotation/filebeat-progress.ts";
import { parseEntry } from "../../../workloads/log-rotation/journal-entry.ts";
import { LogTree, lines } from "./log-tree.ts";

const name = "app/application.log";

/** What may happen to bytes on a disk. */
type Damage = (bytes: Buffer) => Buffer;

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const damage: fc.Arbitrary<Damage> = fc.oneof(
    place.map(
        (at): Damage =>
            (bytes) =>
                bytes.subarray(0, Math.floor(at * bytes.length)),
    ),
    fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
        ([at, bits]): Damage =>
            (bytes) => {
                const flipped = Buffer.from(bytes);
                const index = Math.floor(at * bytes.length);
                flipped[index] = (flipped[index] ?? 0) ^ bits;
                return flipped;
            },
    ),
    fc.uint8Array({ maxLength: 4_000 }).map(
        (random): Damage =>
            () =>
                Buffer.from(random),
    ),
    fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 50 })).map(
        ([at, random]): Damage =>
            (bytes) => {
                const index = Math.floor(at * bytes.length);
                return Buffer.concat([bytes.subarray(0, index), random, bytes.subarray(index)]);
            },
    ),
    fc.integer({ min: 1, max: 200_000 }).map(
        (size): Damage =>
            () =>
                Buffer.alloc(size, "["),
    ),
    fc.integer({ min: 1, max: 100_000 }).map(
        (depth): Damage =>
            () =>
                Buffer.from(`{"version":${"[".repeat(depth)}${"]".repeat(depth)}}`),
    ),
);

/** A value that is not of the type that was written. */
const wrongValue = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(
        -1,
        0.5,
        1e300,
        Number.MAX_SAFE_INTEGER,
        "",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "app/../../x",
        "a\0b",
        null,
        [],
        {},
        true,
    ),
);

/** Puts the value in the place of the `index`th field of a JSON object, those of objects within it counted too. */
function withWrongField(text: string, index: number, value: unknown): string {
    let count = 0;
    const fields = JSON.stringify(JSON.parse(text), (_, each: unknown) => {
        count += 1;
        return each;
    });
    const wanted = 1 + (index % Math.max(1, count - 1));
    count = -1;
    return JSON.stringify(JSON.parse(fields), (_, each: unknown) => {
        count += 1;
        return count === wanted ? value : each;
    });
}

const wrongField = fc.tuple(fc.nat(100), wrongValue).map(
    ([index, value]): Damage =>
        (bytes) =>
            Buffer.from(withWrongField(bytes.toString(), index, value)),
);

const origin = {
    name: "app_application_20250910_120000.log.gz",
    time: Date.UTC(2025, 8, 10, 12),
    path: name,
    identity: { device: "2049", inode: "77" },
    birth: "1757505600000000000",
    head: { bytes: 1_024, sha256: "00".repeat(32) },
    start: 0,
    end: 5_000,
    tail: { kept: "11".repeat(32), whole: "22".repeat(32) },
};

const entry = {
    path: name,
    archivedUpTo: 5_000,
    givenBackUpTo: 4_096,
    lastArchiveTime: origin.time,
    head: origin.head,
    tail: origin.tail,
    birth: origin.birth,
    waiting: { since: origin.time, acknowledged: 10 },
    revision: 3,
    compacting: 4_096,
    carriedBytes: 10,
    truncating: true,
    pending: {
        folder: "/var/log/chattingo/archive",
        temporaryName: ".89abcdef-2049-77.partial",
        finalName: origin.name,
        end: 6_000,
        tail: origin.tail,
        time: origin.time,
        areCarried: true,
        bytes: 900,
        sha256: "33".repeat(32),
    },
};

describe("the bytes of a journal entry", () => {
    it("are none, or name nothing outside the folders that they belong to, whatever happened to them", () => {
        assert.ok(parseEntry(JSON.stringify(entry)), "it takes none at all");
        const text = Buffer.from(JSON.stringify(entry));
        fc.assert(
            fc.property(fc.oneof(damage, wrongField), (spoil) => {
                const read = parseEntry(spoil(text).toString());
                if (!read) {
                    return;
                }
                assert.match(read.path, /^[^/]+\/[^/]+$/);
                const { pending, compacting = 0, givenBackUpTo, lastArchiveTime } = read;
                assert.ok(compacting <= givenBackUpTo, "a cut that is longer than the hole");
                for (const time of [lastArchiveTime ?? 0, pending?.time ?? 0]) {
                    assert.match(new Date(time).toISOString(), /^\d{4}-/);
                }
                if (pending) {
                    assert.match(pending.temporaryName, /^\.[^/]+\.partial$/);
                    assert.match(pending.finalName, /^[^/]+\.log(\.gz)?$/);
                }
            }),
            { numRuns: 3_000 },
        );
    });
});

describe("the bytes at the end of an archive", () => {
    let folder: string;
    let file: string;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "archive-bytes-"));
        file = join(folder, "archive");
    });
    after(() => rmSync(folder, { recursive: true }));

    it("are a seal or none", () => {
        const seal = sealOf({ lines: 5, sha256: "44".repeat(32) });
        assert.ok(readSeal(seal));
        fc.assert(
            fc.property(damage, (spoil) => {
                const read = readSeal(spoil(seal));
                assert.ok(
                    read === undefined || (Number.isSafeInteger(read.lines) && /^[0-9a-f]{64}$/.test(read.sha256)),
                );
            }),
            { numRuns: 2_000 },
        );
    });

    it("are an origin or none, and never that of a wrong checksum", () => {
        const sealed = (member: Buffer) => {
            const content = Buffer.concat([Buffer.from("content"), member]);
            return Buffer.concat([content, sealOf({ lines: 5, sha256: "44".repeat(32) })]);
        };
        const member = originMember(origin);
        writeFileSync(file, sealed(member));
        assert.deepEqual(readOrigin(file), origin);
        assert.equal(readCompleteArchive(file), undefined, "the seal does not fit its bytes");
        const spoiltOrigin = wrongField.map(
            (spoil): Damage =>
                (bytes) => {
                    const changed = JSON.parse(spoil(Buffer.from(JSON.stringify(origin))).toString()) as typeof origin;
                    return bytes.equals(member) ? originMember(changed) : bytes;
                },
        );
        fc.assert(
            fc.property(fc.oneof(damage, spoiltOrigin), fc.boolean(), (spoil, isSpoiltBefore) => {
                writeFileSync(file, isSpoiltBefore ? sealed(spoil(member)) : spoil(sealed(member)));
                const read = readOrigin(file);
                assert.equal(readCompleteArchive(file), undefined);
                if (read) {
                    assert.match(read.path, /^[^/]+\/[^/]+$/);
                    assert.match(read.name, /^[^/]+\.log(\.gz)?$/);
                    assert.match(new Date(read.time).toISOString(), /^\d{4}-/);
                    assert.ok(read.head.bytes >= 0 && read.end >= 0 && typeof read.tail.kept === "string");
                }
            }),
            { numRuns: 1_000 },
        );
    });

    it("have at least those of a seal", () => {
        for (let size = 0; size < sealBytes; size++) {
            writeFileSync(file, Buffer.alloc(size));
            assert.equal(readOrigin(file), undefined);
            assert.equal(readCompleteArchive(file), undefined);
        }
    });
});

describe("the bytes of Filebeat's registry", () => {
    let folder: string;
    const log = { device: "2049", inode: "77", fingerprint: undefined, path: "/var/log/chattingo/app/application.log" };
    const key = "filestream::chattingo::native::77-2049";
    const offsets = [100, 2_000, 30_000, 400_000];
    const state = (offset: number) => ({ ttl: -1, cursor: { offset } });
    const files = {
        "meta.json": '{"version":"1"}',
        "1.json": JSON.stringify([{ _key: key, ...state(offsets[0] ?? 0) }]),
        "log.json": offsets
            .slice(1)
            .map((offset, index) => `{"op":"set","id":${index + 2}}\n${JSON.stringify({ k: key, v: state(offset) })}\n`)
            .join(""),
    };

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "registry-bytes-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    const acknowledged = (changed: Partial<Record<keyof typeof files, Buffer>>) => {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
        for (const [file, content] of Object.entries({ ...files, ...changed })) {
            writeFileSync(join(folder, file), content);
        }
        return new FilebeatProgress(folder).of(log);
    };

    it("tell an offset that was acknowledged once, or that they can't be read, wherever they are cut off", () => {
        assert.deepEqual(acknowledged({}), { state: "known", upTo: 400_000 });
        const file = fc.constantFrom(...(Object.keys(files) as (keyof typeof files)[]));
        fc.assert(
            fc.property(file, place, (cut, at) => {
                const bytes = Buffer.from(files[cut]);
                const read = acknowledged({ [cut]: bytes.subarray(0, Math.floor(at * bytes.length)) });
                assert.ok(
                    read.state === "unreadable"
                        ? read.reason !== ""
                        : read.state === "known" && offsets.includes(read.upTo),
                    JSON.stringify(read),
                );
            }),
            { numRuns: 1_000 },
        );
    });

    it("tell an offset of a file or that they can't be read, whatever happened to them", () => {
        const file = fc.constantFrom(...(Object.keys(files) as (keyof typeof files)[]));
        const spoilt = fc.oneof(
            damage,
            fc.constant<Damage>(() => Buffer.from('{"version":[[]]}')),
        );
        fc.assert(
            fc.property(file, spoilt, (which, spoil) => {
                const read = acknowledged({ [which]: spoil(Buffer.from(files[which])) });
                assert.ok(
                    read.state === "unreadable"
                        ? read.reason !== "" && !/call stack/.test(read.reason)
                        : read.state === "known" && Number.isSafeInteger(read.upTo) && read.upTo >= 0,
                    JSON.stringify(read),
                );
            }),
            { numRuns: 1_000 },
        );
    });
});

describe("log-rotation over a tree in which bytes were damaged", () => {
    /** Every line that is in an archive or in the live log. */
    const linesIn = (tree: LogTree): ReadonlySet<string> =>
        new Set(`${tree.archived(name)}\n${readFileSync(tree.path(name), "latin1").replaceAll("\0", "")}`.split("\n"));

    const spoilAndRotate = async (spoil: Damage, isNaming: boolean, which: "entry" | "archive"): Promise<void> => {
        const tree = new LogTree();
        try {
            tree.append(name, lines(300));
            await tree.rotate();
            tree.append(name, lines(200, 300));
            if (isNaming) {
                const after = (step: string) => {
                    if (step === "pending-noted") {
                        throw new Error("ended");
                    }
                };
                await tree.rotate({}, { after });
            }
            const { dev, ino } = statSync(tree.path(name), { bigint: true });
            const [partial = ""] = readdirSync(tree.path("archive")).filter((file) => file.endsWith(".partial"));
            const file = which === "entry" ? `.rotation/${dev}-${ino}.json` : `archive/${partial}`;
            writeFileSync(tree.path(file), spoil(readFileSync(tree.path(file))));
            tree.append(name, lines(10, 500));
            tree.append("chat/chat.log", lines(5));
            for (let round = 0; round < 2; round++) {
                const { errors } = await tree.rotate();
                assert.equal(errors, 0, tree.output.join("\n"));
            }
            const found = linesIn(tree);
            for (const line of lines(510).trimEnd().split("\n")) {
                assert.ok(found.has(line), `${line} is lost`);
            }
            assert.equal(tree.archived("chat/chat.log").toString(), lines(5), "another log is held up");
        } finally {
            tree.remove();
        }
    };

    it("loses no line and fails no log, whatever happened to a journal entry", async () => {
        await fc.assert(
            fc.asyncProperty(fc.oneof(damage, wrongField), fc.boolean(), (spoil, isNaming) =>
                spoilAndRotate(spoil, isNaming, "entry"),
            ),
            { numRuns: 60 },
        );
    });

    it("loses no line and fails no log, whatever happened to an archive before it had its name", async () => {
        await fc.assert(
            fc.asyncProperty(damage, (spoil) => spoilAndRotate(spoil, true, "archive")),
            { numRuns: 25 },
        );
    });

    it("takes an entry of gigabytes for a damaged one", async () => {
        await spoilAndRotate((bytes) => bytes, false, "entry");
        const tree = new LogTree();
        try {
            tree.append(name, lines(300));
            await tree.rotate();
            const { dev, ino } = statSync(tree.path(name), { bigint: true });
            truncateSync(tree.path(`.rotation/${dev}-${ino}.json`), 3 * 1024 ** 3);
            tree.append(name, lines(10, 300));
            assert.equal((await tree.rotate()).lines, 10);
            assert.equal(tree.archived(name).toString(), lines(310));
        } finally {
            tree.remove();
        }
    });
});
