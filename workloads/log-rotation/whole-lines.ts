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
