import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, type FileHandle, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { sealBytes, sealOf } from "../../../formats/archive-seal.ts";
import { type ArchiveContent, ChangedWhileRead, readContent } from "../../../workloads/s3-uploader/archive-content.ts";
import type { UploadError } from "../../../workloads/s3-uploader/failure.ts";

const partBytes = 5 * 1024 ** 2;

describe("The content of an archive", () => {
    let folder: string;
    let path: string;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "s3-uploader-content-"));
        path = join(folder, "archive");
    });
    after(() => rm(folder, { recursive: true }));

    /** Reads a file of these bytes; `meddle` is called once, when the first of them are read. */
    async function contentOf(
        bytes: Buffer,
        compressed: boolean,
        meddle?: () => Promise<void>,
    ): Promise<ArchiveContent> {
        await writeFile(path, bytes);
        const file = await open(path);
        let meddling: Promise<void> | undefined;
        const watched = new Proxy(file, {
            get: (target, property: keyof FileHandle) => {
                const member = target[property];
                return typeof member !== "function"
                    ? member
                    : async (...args: never[]) => {
                          if (property === "read" && meddle) {
                              meddling ??= meddle();
                              await meddling;
                          }
                          return (member as (...all: never[]) => unknown).apply(target, args);
                      };
            },
        });
        try {
            return (await readContent(watched, compressed, partBytes, new AbortController().signal)).content;
        } finally {
            await file.close();
        }
    }

    it("is its size, its checksum and its lines, packed in one piece or in several", async () => {
        const text = fc.string({ unit: fc.constantFrom("a", "é", "\r", "\n"), maxLength: 200 });
        await fc.assert(
            fc.asyncProperty(
                fc.array(text, { minLength: 1, maxLength: 4 }),
                fc.boolean(),
                async (pieces, compressed) => {
                    const bytes = Buffer.concat(
                        pieces.map((piece) => (compressed ? gzipSync(piece) : Buffer.from(piece))),
                    );
                    const { size, sha256, lines } = await contentOf(bytes, compressed);
                    assert.equal(size, bytes.length);
                    assert.equal(sha256, createHash("sha256").update(bytes).digest("hex"));
                    const whole = pieces.join("");
                    assert.equal(lines, whole.split("\n").length - (whole === "" || whole.endsWith("\n") ? 1 : 0));
                },
            ),
        );
    });

    it("is refused when what is packed is damaged or something else follows it", async () => {
        const packed = gzipSync("a\nb\n");
        const damaged = Buffer.from(packed);
        damaged.writeUInt8(damaged.readUInt8(packed.length - 6) ^ 1, packed.length - 6);
        for (const bytes of [damaged, packed.subarray(0, -1), Buffer.concat([packed, Buffer.alloc(1_000_000, "x")])]) {
            await assert.rejects(contentOf(bytes, true), (error: UploadError) => error.reason === "not-gzip");
        }
    });

    it("is what its seal says only where every byte before the seal has the seal's checksum", async () => {
        const packed = gzipSync("a\nb\n");
        const sha256 = createHash("sha256").update(packed).digest("hex");
        const sealed = Buffer.concat([packed, sealOf({ lines: 2, sha256 })]);
        const { size, sha256: ofAll, lines } = await contentOf(sealed, true);
        assert.deepEqual([size, lines], [sealed.length, 2]);
        assert.equal(ofAll, createHash("sha256").update(sealed).digest("hex"));
        assert.equal(gunzipSync(sealed).toString(), "a\nb\n");

        // Another archive's seal is not believed: the lines are counted.
        const borrowed = Buffer.concat([gzipSync("a\nb\nc\n"), sealOf({ lines: 2, sha256 })]);
        assert.equal((await contentOf(borrowed, true)).lines, 3);
        const followed = Buffer.concat([sealed, gzipSync("c\n")]);
        assert.equal((await contentOf(followed, true)).lines, 3);
    });

    it("is refused at any flipped bit and any cut of a sealed archive that no longer unpacks", async () => {
        const packed = gzipSync("a\nb\n");
        const sha256 = createHash("sha256").update(packed).digest("hex");
        const sealed = Buffer.concat([packed, sealOf({ lines: 2, sha256 })]);
        // What follows the gzip header: before it are a time and a system that nothing depends on.
        for (let at = 10; at < packed.length; at++) {
            const damaged = Buffer.from(sealed);
            damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
            await assert.rejects(contentOf(damaged, true), (error: UploadError) => error.reason === "not-gzip");
        }
        for (const cut of [1, 9, 11, 40, sealBytes - 1]) {
            const torn = sealed.subarray(0, -cut);
            await assert.rejects(contentOf(torn, true), (error: UploadError) => error.reason === "not-gzip");
        }
    });

    it("is not taken when the file grows while it is read, or is rewritten with the same length", async () => {
        const bytes = gzipSync("a\n".repeat(1000));
        const grows = contentOf(bytes, true, () => appendFile(path, gzipSync("more\n")));
        await assert.rejects(grows, ChangedWhileRead);
        const isRewritten = contentOf(bytes, true, () => writeFile(path, gzipSync("b\n".repeat(1000))));
        await assert.rejects(isRewritten, ChangedWhileRead);
        const isTorn = contentOf(bytes, true, () => writeFile(path, bytes.subarray(0, 10)));
        await assert.rejects(isTorn, ChangedWhileRead);
    });

    it("is that of the file which was opened, and of another version than a file that takes its place", async () => {
        const bytes = gzipSync("a\n");
        const other = join(folder, "other");
        await writeFile(other, bytes);
        const first = await contentOf(bytes, true);
        await rename(other, path);
        const file = await open(path);
        const { content: second } = await readContent(file, true, partBytes, new AbortController().signal);
        await file.close();
        assert.equal(second.sha256, first.sha256);
        assert.notEqual(second.version, first.version);
    });
});
