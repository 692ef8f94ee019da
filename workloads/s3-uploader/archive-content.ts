// Reads an archive once, in a stream: its checksum, its size and how many lines are in it.

import { createHash } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { readSeal, type Seal, sealBytes } from "../../formats/archive-seal.ts";
import { type ArchiveParts, ContentDigests } from "./content-digests.ts";
import { UploadError } from "./failure.ts";
import { fileChunks } from "./file-chunks.ts";

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

/** The checksum that S3 keeps of the archive: of its bytes or, when it is uploaded in parts, of the parts' checksums. */
export function storedChecksum({ sha256, parts }: Pick<ArchiveContent, "sha256" | "parts">): string {
    return parts === undefined
        ? Buffer.from(sha256, "hex").toString("base64")
        : createHash("sha256").update(Buffer.concat(parts.digests)).digest("base64");
}

/** The content of an archive, and the bytes of a small one, so that it need not be read again to be sent. */
export interface ReadArchive {
    readonly content: ArchiveContent;
    readonly bytes: Buffer | undefined;
}

/** Bytes up to which an archive is kept in memory between reading and sending; four are under way. */
const smallBytes = 1024 ** 2;

/** Thrown when a file is written to while it is read. The next pass finds it again. */
export class ChangedWhileRead extends Error {}

/**
 * Reads an open archive. One whose seal fits its bytes is as rotation wrote it, and is not unpacked to be counted; any other
 * is.
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
): Promise<ReadArchive> {
    const before = await file.stat({ bigint: true });
    const size = Number(before.size);
    const bytes = size <= smallBytes ? await wholeOf(file, size) : undefined;
    const source = () => (bytes === undefined ? fileChunks(file) : [bytes].filter(({ length }) => length > 0));
    let digests = new ContentDigests(size, partBytes);
    const seal = compressed ? await sealAtEndOf(file, size, bytes) : undefined;
    let lines = seal?.lines ?? 0;
    let unreadable: Error | undefined;
    if (!seal || !(await hasSealedBytes(source(), seal, digests, signal))) {
        digests = new ContentDigests(size, partBytes);
        ({ lines, unreadable } = await unpackedLines(source(), compressed, digests, signal));
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
    return { content: { ...digests.result(), lines, version: versionOf(after) }, bytes };
}

/** All bytes of a small file. One that has become shorter has another version afterwards. */
async function wholeOf(file: FileHandle, size: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    while (filled < size) {
        const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
        if (bytesRead === 0) {
            break;
        }
        filled += bytesRead;
    }
    return bytes.subarray(0, filled);
}

/** The seal at the end of a file; undefined when there is none. */
async function sealAtEndOf(file: FileHandle, size: number, whole: Buffer | undefined): Promise<Seal | undefined> {
    if (size <= sealBytes) {
        return undefined;
    }
    if (whole) {
        return readSeal(whole.subarray(size - sealBytes));
    }
    const bytes = Buffer.alloc(sealBytes);
    const { bytesRead } = await file.read(bytes, 0, sealBytes, size - sealBytes);
    return readSeal(bytes.subarray(0, bytesRead));
}

/** Whether all before the seal is what it was when the seal was written. */
async function hasSealedBytes(
    source: Iterable<Buffer> | AsyncIterable<Buffer>,
    seal: Seal,
    digests: ContentDigests,
    signal: AbortSignal,
): Promise<boolean> {
    for await (const chunk of source) {
        signal.throwIfAborted();
        digests.update(chunk);
    }
    return digests.sha256BeforeSeal === seal.sha256;
}

/** Unpacks a file and counts its lines; `unreadable` says why it cannot be unpacked. */
async function unpackedLines(
    source: Iterable<Buffer> | AsyncIterable<Buffer>,
    compressed: boolean,
    digests: ContentDigests,
    signal: AbortSignal,
): Promise<{ readonly lines: number; readonly unreadable: Error | undefined }> {
    const counter = new LineCounter();
    async function* measured(source: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of source) {
            digests.update(chunk);
            yield chunk;
        }
    }
    let unreadable: Error | undefined;
    try {
        if (compressed) {
            await pipeline(source, measured, createGunzip({ chunkSize: unpackedBytes }), counter, { signal });
        } else {
            await pipeline(source, measured, counter, { signal });
        }
    } catch (error) {
        if (!(error as NodeJS.ErrnoException).code?.startsWith("Z_")) {
            throw error;
        }
        unreadable = error as Error;
    }
    return { lines: counter.count, unreadable };
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

/** What is known of a file without reading it. */
export interface FileState {
    /** As {@link versionOf} gives it. */
    readonly version: string;
    readonly size: number;
    /** When its content, its name or its rights changed last; milliseconds since 1970. */
    readonly changedAt: number;
}

/** The state of the file now at a path; undefined when there is none. */
export async function stateAt(path: string): Promise<FileState | undefined> {
    try {
        const stats = await lstat(path, { bigint: true });
        return { version: versionOf(stats), size: Number(stats.size), changedAt: Number(stats.ctimeMs) };
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw error;
    }
}

/**
 * Opens an archive; undefined when the other uploader, started beside this one, has finished with it meanwhile.
 *
 * @throws UploadError `unreadable` when something else than a file has its name by now
 */
export async function openArchive(path: string): Promise<FileHandle | undefined> {
    const notAFile = (cause?: unknown) =>
        new UploadError(
            "unreadable",
            "it is no regular file any more, so it is not uploaded; look at it and remove it",
            {
                cause,
            },
        );
    let file: FileHandle;
    try {
        // Opening a pipe would wait for somebody who writes into it.
        file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOENT") {
            return undefined;
        }
        throw code === "ELOOP" || code === "ENXIO" ? notAFile(error) : error;
    }
    if (!(await file.stat()).isFile()) {
        await file.close();
        throw notAFile();
    }
    return file;
}

const lineEnd = 0x0a;

/** Bytes that are unpacked at once. With the 16 KiB that Node.js takes by default it costs twice as much. */
const unpackedBytes = 256 * 1024;

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
