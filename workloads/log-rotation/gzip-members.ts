// Compresses a range of a log on several cores: as gzip members that are made side by side and put out in order. Any
// gunzip reads members that follow one another as one file: https://www.rfc-editor.org/rfc/rfc1952#section-2.2

import { readSync } from "node:fs";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { ArchivePiece, LogRange } from "./archive-piece.ts";
import { countLines } from "./whole-lines.ts";

/**
 * At level 5 an archive is 2% larger than at 6, and is made in two thirds of the time. More memory for the tables and
 * larger pieces of output than Node.js gives by default save a fifth of that again.
 */
const compression = { level: 5, memLevel: 9, chunkSize: 64 * 1024 };
/** Each member begins without knowledge of what came before it, which costs little when it is this long. */
const memberBytes = 4 * 1024 * 1024;
/** Node.js compresses in four threads; more members would only wait, and hold memory. */
const membersAtOnce = 3;
const readBytes = 256 * 1024;

/** The archive of the range, member by member. */
export async function* gzipMembers({ log, start, end }: LogRange): AsyncGenerator<ArchivePiece> {
    // A buffer is used again when the member that used it is put out; new ones would be garbage as large as the log.
    const members = Math.ceil((end - start) / memberBytes);
    const bufferBytes = Math.min(readBytes, end - start);
    const buffers = Array.from({ length: Math.min(membersAtOnce, members) }, () => Buffer.allocUnsafe(bufferBytes));
    const underway: Promise<ArchivePiece>[] = [];
    let next = start;
    try {
        while (next < end || underway.length > 0) {
            while (next < end && underway.length < membersAtOnce) {
                const range = { log, start: next, end: Math.min(end, next + memberBytes) };
                const buffer = buffers.shift() as Buffer<ArrayBuffer>;
                buffers.push(buffer);
                const member = gzipMember(range, buffer);
                // It is waited for in its turn, or not at all when one before it has failed.
                member.catch(() => undefined);
                underway.push(member);
                next = range.end;
            }
            yield await (underway.shift() as Promise<ArchivePiece>);
        }
    } finally {
        // They read the log, which is closed afterwards.
        await Promise.allSettled(underway);
    }
}

async function gzipMember({ log, start, end }: LogRange, buffer: Buffer): Promise<ArchivePiece> {
    const gzip = createGzip(compression);
    const output: Buffer[] = [];
    gzip.on("data", (chunk: Buffer) => output.push(chunk));
    const whole = finished(gzip);
    whole.catch(() => undefined);
    let lines = 0;
    let position = start;
    try {
        while (position < end) {
            const bytes = readSync(log, buffer, 0, Math.min(buffer.length, end - position), position);
            if (bytes === 0) {
                break;
            }
            const chunk = buffer.subarray(0, bytes);
            const compressed = new Promise<void>((resolve, reject) => {
                gzip.write(chunk, (error) => (error ? reject(error) : resolve()));
            });
            lines += countLines(chunk);
            position += bytes;
            await compressed;
        }
        gzip.end();
        await whole;
    } catch (error) {
        gzip.destroy();
        throw error;
    }
    return { output, lines, bytesIn: position - start };
}
