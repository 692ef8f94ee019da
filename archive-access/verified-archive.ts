// One archive brought here and held against its manifest, before anybody sees a line of it.

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { ManifestEntry } from "../formats/manifest.ts";
import type { ArchiveReader } from "./reader.ts";

const lineEnd = 0x0a;

/** An archive that is not what its manifest says. */
export class NotAsRecorded extends Error {}

/**
 * Writes the lines of an archive, unpacked, to a file: exactly the bytes that were archived.
 *
 * @param path the file; its content is to be used only when this has not thrown
 * @returns the number of lines
 * @throws NotAsRecorded when size, checksum or number of lines differ from the manifest's
 */
export async function writeVerifiedLines(reader: ArchiveReader, entry: ManifestEntry, path: string): Promise<number> {
    const counted = new LineCount();
    const { size, sha256 } = await measured(await reader.read(entry.key), async (source) => {
        const unpack = entry.key.endsWith(".gz") ? [createGunzip()] : [];
        await pipeline([source, ...unpack, counted, createWriteStream(path)]);
    }).catch((error: NodeJS.ErrnoException) => {
        throw error.code?.startsWith("Z_") ? new NotAsRecorded(`it cannot be unpacked (${error.message})`) : error;
    });
    const wrong = [
        ...(size === entry.size ? [] : [`${size} bytes instead of ${entry.size}`]),
        ...(sha256 === entry.sha256 ? [] : [`SHA-256 ${sha256} instead of ${entry.sha256}`]),
        ...(counted.lines === entry.lines ? [] : [`${counted.lines} lines instead of ${entry.lines}`]),
    ];
    if (wrong.length > 0) {
        throw new NotAsRecorded(`it has ${wrong.join(", ")}`);
    }
    return counted.lines;
}

/** The lines of a file that {@link writeVerifiedLines} wrote, without their line ends. */
export async function* linesOf(path: string): AsyncGenerator<string> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of createReadStream(path)) {
        const bytes: Buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
        let start = 0;
        for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, start)) {
            yield bytes.toString("utf8", start, end);
            start = end + 1;
        }
        rest = bytes.subarray(start);
    }
    if (rest.length > 0) {
        yield rest.toString("utf8");
    }
}

async function measured(
    source: Readable,
    use: (source: Readable) => Promise<void>,
): Promise<{ readonly size: number; readonly sha256: string }> {
    const hash = createHash("sha256");
    let size = 0;
    const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
            hash.update(chunk);
            size += chunk.length;
            done(undefined, chunk);
        },
    });
    await Promise.all([pipeline(source, meter), use(meter)]);
    return { size, sha256: hash.digest("hex") };
}

class LineCount extends Transform {
    #ends = 0;
    #isOpen = false;

    /** A last line without line end counts. */
    get lines(): number {
        return this.#ends + (this.#isOpen ? 1 : 0);
    }

    override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
        for (let at = chunk.indexOf(lineEnd); at !== -1; at = chunk.indexOf(lineEnd, at + 1)) {
            this.#ends += 1;
        }
        this.#isOpen = chunk.at(-1) !== lineEnd;
        done(null, chunk);
    }
}
