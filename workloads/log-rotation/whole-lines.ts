// Where whole lines begin and end in a log that somebody may be writing.

import { readSync } from "node:fs";

const newline = 0x0a;
const chunkBytes = 64 * 1024;

/** Offset after the last line end in `[start, end)`; `start` when there is none. */
export function endOfWholeLines(log: number, start: number, end: number): number {
    const chunk = Buffer.alloc(chunkBytes);
    for (let to = end; to > start; ) {
        const from = Math.max(start, to - chunkBytes);
        const bytes = readSync(log, chunk, 0, to - from, from);
        const position = chunk.subarray(0, bytes).lastIndexOf(newline);
        if (position >= 0) {
            return from + position + 1;
        }
        to = from;
    }
    return start;
}

/** Whether a line ends at the offset, as each archive does. */
export function isLineEnd(log: number, offset: number): boolean {
    const byte = Buffer.alloc(1);
    return offset === 0 || (readSync(log, byte, 0, 1, offset - 1) === 1 && byte[0] === newline);
}

/**
 * Offset at which an archive of `[start, end)` ends that has at most `most` bytes: after a line. Only a line that is longer
 * makes it larger. `end` is the end of a line.
 */
export function endOfPiece(log: number, start: number, end: number, most: number): number {
    if (end - start <= most) {
        return end;
    }
    const last = endOfWholeLines(log, start, start + most);
    if (last > start) {
        return last;
    }
    const chunk = Buffer.alloc(chunkBytes);
    for (let from = start + most; from < end; ) {
        const bytes = readSync(log, chunk, 0, Math.min(chunkBytes, end - from), from);
        const position = chunk.subarray(0, bytes).indexOf(newline);
        if (position >= 0) {
            return from + position + 1;
        }
        if (bytes === 0) {
            break;
        }
        from += bytes;
    }
    return end;
}

/** Number of line ends in the bytes. */
export function countLines(bytes: Uint8Array): number {
    let lines = 0;
    for (let position = bytes.indexOf(newline); position >= 0; position = bytes.indexOf(newline, position + 1)) {
        lines++;
    }
    return lines;
}

/** Bytes of a line that is looked into; Filebeat cuts lines off there too. */
const longestLine = 10 * 1024 * 1024;

/** The line that begins at `start`, without its end; of a very long one the first 10 MiB. */
export function lineAt(log: number, start: number): string {
    const pieces: Buffer[] = [];
    for (let length = 0; length < longestLine; ) {
        const chunk = Buffer.alloc(chunkBytes);
        const bytes = readSync(log, chunk, 0, chunkBytes, start + length);
        const end = chunk.subarray(0, bytes).indexOf(newline);
        pieces.push(chunk.subarray(0, end < 0 ? bytes : end));
        if (end >= 0 || bytes === 0) {
            break;
        }
        length += bytes;
    }
    return Buffer.concat(pieces).toString("utf8");
}
