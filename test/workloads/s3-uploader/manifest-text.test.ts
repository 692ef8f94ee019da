import assert from "node:assert/strict";
import fc from "fast-check";
import { type ManifestEntry, NoManifest, parseManifest } from "../../../formats/manifest.ts";
import { ManifestText } from "../../../workloads/s3-uploader/manifest-text.ts";

const entries = fc.uniqueArray(
    fc.record(
        {
            key: fc.string({ unit: fc.constantFrom(...'abc/{}[]"\\é,:\n'), minLength: 1, maxLength: 12 }),
            size: fc.nat(),
            sha256: fc.constantFrom("00", "ff"),
            category: fc.string(),
            sourceNode: fc.constant("node"),
            rotatedAt: fc.constant("2025-09-10T12:00:00.000Z"),
            uploadedAt: fc.constant("2025-09-10T12:00:00.000Z"),
            storageClass: fc.constant("STANDARD"),
            lines: fc.nat(),
        },
        { noNullPrototype: true },
    ),
    { selector: ({ key }) => key, maxLength: 20 },
) as fc.Arbitrary<ManifestEntry[]>;
const textOf = (manifest: ManifestText) => Buffer.concat([...manifest.chunks()]);
const byKey = (all: readonly ManifestEntry[]) => [...all].sort((a, b) => (a.key < b.key ? -1 : 1));

describe("The text of a manifest", () => {
    it("is what JSON makes of the entries, sorted by key, and is read as it was written", () => {
        fc.assert(
            fc.property(entries, (all) => {
                const text = textOf(ManifestText.empty.with(all));
                assert.equal(text.toString(), `${JSON.stringify({ version: 1, entries: byKey(all) }, undefined, 2)}\n`);
                const seen: ManifestEntry[] = [];
                const again = ManifestText.read(text, (entry) => seen.push(entry));
                assert.deepEqual(seen, byKey(all));
                assert.equal(again.with(all), again);
            }),
        );
    });

    it("keeps what it says and takes what it is told, whatever its layout", () => {
        fc.assert(
            fc.property(entries, entries, fc.constantFrom(undefined, 1, "\t"), (before, added, indent) => {
                const text = Buffer.from(JSON.stringify({ version: 1, entries: before }, undefined, indent));
                const merged = parseManifest(textOf(ManifestText.read(text).with(added)).toString());
                const right = new Map(before.map((entry) => [entry.key, entry]));
                for (const entry of added) {
                    const known = right.get(entry.key);
                    const isSame = known?.size === entry.size && known.sha256 === entry.sha256;
                    right.set(entry.key, isSame ? known : entry);
                }
                assert.deepEqual(byKey(merged.entries), byKey([...right.values()]));
            }),
        );
    });

    it("is none, or is one, exactly where the whole text is", () => {
        const valid = '{"version":1,"entries":[{"key":"a","size":1,"sha256":"00"}]}';
        const broken = fc
            .tuple(fc.nat(valid.length), fc.nat(3), fc.string({ unit: fc.constantFrom(...'{}[]",:01a'), maxLength: 3 }))
            .map(([at, gone, put]) => valid.slice(0, at) + put + valid.slice(at + gone));
        const isManifest = (read: () => unknown) => {
            try {
                read();
                return true;
            } catch (error) {
                assert.ok(error instanceof NoManifest, String(error));
                return false;
            }
        };
        fc.assert(
            fc.property(broken, (text) => {
                const isOne = isManifest(() => parseManifest(text));
                assert.equal(
                    isManifest(() => ManifestText.read(Buffer.from(text))),
                    isOne,
                    text,
                );
            }),
            { numRuns: 2000 },
        );
    });

    it("is one or none, whatever bytes it is and however deep they nest", () => {
        const text = (entry: unknown, version: unknown = 1) =>
            Buffer.from(JSON.stringify({ version, entries: [entry] }));
        const valid = text({ key: "a", size: 1, sha256: "00", uploadedAt: "2025-09-10T12:00:00.000Z" });
        assert.equal(ManifestText.read(valid).size, 1);
        const nested = fc
            .tuple(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom("version", "entries", "key"))
            .map(([depth, field]) => {
                const value = `${"[".repeat(depth)}${"]".repeat(depth)}`;
                return Buffer.from(
                    field === "key" ? `{"version":1,"entries":[{"key":${value}}]}` : `{"${field}":${value}}`,
                );
            });
        const wrong = fc
            .tuple(fc.constantFrom("key", "size", "sha256", "uploadedAt"), fc.jsonValue())
            .map(([field, value]) => text({ key: "a", size: 1, sha256: "00", [field]: value }));
        const cut = fc.nat(valid.length - 1).map((length) => valid.subarray(0, length));
        const random = fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes));
        fc.assert(
            fc.property(fc.oneof(nested, wrong, cut, random), (bytes) => {
                for (const read of [
                    () => ManifestText.read(bytes, ({ size }) => assert.ok(Number.isSafeInteger(size))),
                    () => parseManifest(bytes.toString()),
                ]) {
                    try {
                        read();
                    } catch (error) {
                        assert.ok(error instanceof NoManifest && error.message !== "", String(error));
                    }
                }
            }),
            { numRuns: 2_000 },
        );
    });

    it("says of a later version that it is one", () => {
        for (const later of ['{"version":2,"entries":[]}', '{"version":2,"entries":[{"id":1}]}', '{"version":3}']) {
            assert.throws(
                () => ManifestText.read(Buffer.from(later)),
                (error: unknown) => error instanceof NoManifest && error.isNewer,
            );
        }
    });
});
