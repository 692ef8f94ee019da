// Reads an archive once, in a stream: its checksum, its size and how many lines are in it.

import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { UploadError } from "./failure.ts";
import { fileChunks } from "./file-chunks.ts";
import { PartHashes, partBytesOf } from "./part-plan.ts";

/** What one archive holds. */
export interface ArchiveContent {
    /** Bytes of the file. */
    readonly size: number;
    /** SHA-256 of the file, hexadecimal. */
    readonly sha256: string;
    /** How it is cut for a multipart upload; undefined when it goes in a single put. */
    readonly parts: ArchiveParts | undefined;
    /** Lines of the log in it; a last one without line end counts. */
    readonly lines: number;
    /** Tells this state of the file from any other. */
    readonly version: string;
}

/** The parts of a large archive. */
export interface ArchiveParts {
    /** Bytes of each but the last. */
    readonly bytes: number;
    /** SHA-256 of each. */
    readonly digests: readonly Buffer[];
}

/** The checksum that S3 keeps of the archive: of its bytes or, when it is uploaded in parts, of the parts' checksums. */
export function storedChecksum({ sha256, parts }: Pick<ArchiveContent, "sha256" | "parts">): string {
    return parts === undefined
        ? Buffer.from(sha256, "hex").toString("base64")
        : createHash("sha256").update(Buffer.concat(parts.digests)).digest("base64");
}

/** Thrown when a file is written to while it is read. The next pass finds it again. */
export class ChangedWhileRead extends Error {}

/**
 * Reads an open archive.
 *
 * @param partBytes bytes of a part; a larger archive is measured in parts too
 * @throws ChangedWhileRead
 * @throws UploadError `not-gzip` when `compressed` and it cannot be unpacked
 */
export async function readContent(
    file: FileHandle,
    compressed: boolean,
    partBytes: number,
    signal: AbortSignal,
): Promise<ArchiveContent> {
    const before = await file.stat({ bigint: true });
    const bytesOfParts = partBytesOf(Number(before.size), partBytes);
    const partHashes = bytesOfParts === undefined ? undefined : new PartHashes(bytesOfParts);
    const hash = createHash("sha256");
    const lines = new LineCounter();
    let size = 0;
    async function* hashed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of source) {
            hash.update(chunk);
            partHashes?.update(chunk);
            size += chunk.length;
            yield chunk;
        }
    }
    const source = fileChunks(file);
    let unreadable: Error | undefined;
    try {
        if (compressed) {
            await pipeline(source, hashed, createGunzip(), lines, { signal });
        } else {
            await pipeline(source, hashed, lines, { signal });
        }
    } catch (error) {
        if (!(error as NodeJS.ErrnoException).code?.startsWith("Z_")) {
            throw error;
        }
        unreadable = error as Error;
    }
    const after = await file.stat({ bigint: true });
    if (isOther(after, versionOf(before))) {
        throw new ChangedWhileRead();
    }
    // zlib takes a file without a single byte for a complete one; gzip never writes such a file.
    if (compressed && size === 0) {
        unreadable = new Error("it is empty");
    }
    if (unreadable) {
        throw new UploadError(
            "not-gzip",
            `it is no complete gzip file (${unreadable.message}), so it is not uploaded; look at it and remove it`,
            { cause: unreadable },
        );
    }
    const parts =
        bytesOfParts !== undefined && partHashes !== undefined
            ? { bytes: bytesOfParts, digests: partHashes.digests() }
            : undefined;
    return { size, sha256: hash.digest("hex"), parts, lines: lines.count, version: versionOf(after) };
}

/** Tells one state of a file from any other: its identity, size and times. */
export function versionOf(stats: BigIntStats): string {
    return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(":");
}

/** Whether an open file is in another state than `version`. That its name was deleted does not make it another. */
export function isOther(stats: BigIntStats, version: string): boolean {
    const withoutChangeTime = (text: string) => text.slice(0, text.lastIndexOf(":"));
    const now = versionOf(stats);
    return stats.nlink === 0n ? withoutChangeTime(now) !== withoutChangeTime(version) : now !== version;
}

/** {@link versionOf} the file now at a path; undefined when there is none. */
export async function versionAt(path: string): Promise<string | undefined> {
    try {
        return versionOf(await lstat(path, { bigint: true }));
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw error;
    }
}

/** Opens an archive; undefined when the other uploader, started beside this one, has finished with it meanwhile. */
export async function openArchive(path: string): Promise<FileHandle | undefined> {
    try {
        return await open(path, "r");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw error;
    }
}

const lineEnd = 0x0a;

class LineCounter extends Writable {
    #ends = 0;
    #open = false;

    get count(): number {
        return this.#ends + (this.#open ? 1 : 0);
    }

    override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
        for (let at = chunk.indexOf(lineEnd); at !== -1; at = chunk.indexOf(lineEnd, at + 1)) {
            this.#ends += 1;
        }
        this.#open = chunk.at(-1) !== lineEnd;
        done();
    }
}
