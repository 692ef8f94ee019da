// Copies a range of a log into an archive under a temporary name, complete and on disk when it returns.

import { createHash } from "node:crypto";
import { closeSync, constants, fchmodSync, openSync, readSync, writeFileSync } from "node:fs";
import { sealOf } from "../../formats/archive-seal.ts";
import type { Slots } from "../at-most.ts";
import { type ArchiveOrigin, originMember } from "./archive-origin.ts";
import type { ArchivePiece, LogRange } from "./archive-piece.ts";
import { AnotherLog, removeTemporary } from "./destroy.ts";
import { syncFile } from "./durable.ts";
import { gzipMembers } from "./gzip-members.ts";
import { countLines } from "./whole-lines.ts";

const copyBytes = 256 * 1024;
/** Owner writes, the log tree's group reads, nobody else. */
const archiveMode = 0o640;

/** What was copied. */
export interface WrittenArchive {
    readonly lines: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    /** Of the archive, in hexadecimal digits. */
    readonly sha256: string;
}

/** How an archive is written. */
export interface ArchiveWriting {
    readonly isCompressed: boolean;
    /** What a compressed archive says of its log; undefined: nothing. */
    readonly origin: ArchiveOrigin | undefined;
    /** Archives that are written at the same time. */
    readonly writing: Slots;
}

/**
 * Writes the archive at `path`, which must not exist.
 *
 * @throws the file system's error, or {@link AnotherLog} when the range is not there any more; what was written is removed
 */
export async function writeArchive(
    range: LogRange,
    path: string,
    { isCompressed, origin, writing }: ArchiveWriting,
): Promise<WrittenArchive> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const archive = openSync(path, flags, archiveMode);
    try {
        // Whatever the umask is.
        fchmodSync(archive, archiveMode);
        const written = await writing.run(() => writeContent(range, archive, isCompressed, origin));
        await syncFile(archive);
        return written;
    } catch (error) {
        await removeTemporary(path);
        throw error;
    } finally {
        closeSync(archive);
    }
}

async function writeContent(
    range: LogRange,
    archive: number,
    isCompressed: boolean,
    origin: ArchiveOrigin | undefined,
): Promise<WrittenArchive> {
    const hash = createHash("sha256");
    let [lines, bytesIn, bytesOut] = [0, 0, 0];
    const append = (bytes: Buffer): void => {
        // Writes all of them, whereas writeSync may write a part.
        writeFileSync(archive, bytes);
        hash.update(bytes);
        bytesOut += bytes.length;
    };
    for await (const piece of isCompressed ? gzipMembers(range) : copies(range)) {
        piece.output.forEach(append);
        lines += piece.lines;
        bytesIn += piece.bytesIn;
    }
    if (bytesIn !== range.end - range.start) {
        const expected = range.end - range.start;
        throw new AnotherLog(`it became shorter while it was read: ${bytesIn} of ${expected} bytes were there`);
    }
    if (isCompressed) {
        if (origin) {
            append(originMember(origin));
        }
        append(sealOf({ lines, sha256: hash.copy().digest("hex") }));
    }
    return { lines, bytesIn, bytesOut, sha256: hash.digest("hex") };
}

/** The range as it is, in one buffer that is used again for each piece. */
function* copies({ log, start, end }: LogRange): Generator<ArchivePiece> {
    const buffer = Buffer.allocUnsafe(copyBytes);
    for (let position = start; position < end; ) {
        const bytesIn = readSync(log, buffer, 0, Math.min(copyBytes, end - position), position);
        if (bytesIn === 0) {
            return;
        }
        const chunk = buffer.subarray(0, bytesIn);
        yield { output: [chunk], lines: countLines(chunk), bytesIn };
        position += bytesIn;
    }
}
