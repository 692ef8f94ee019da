// Where to begin with a log that the journal does not know: because it is new, or because the journal was lost.

import { type BigIntStats, readSync } from "node:fs";
import { block } from "./give-space-back.ts";

/** Unit of `blocks` in a file's stats, whatever the file system's block is (stat(2)). */
const statUnit = 512;
const chunkBytes = 256 * 1024;

/**
 * Offset at which archiving begins: 0, unless rotation has given the beginning of the log back, so that a hole follows
 * its first block. What is in the hole is archived, so it begins after it. Up to one block before the end of the last
 * archive is archived again then: where exactly that was, only the journal knew.
 */
export function startOfUnknownLog(log: number, { size, blocks }: Pick<BigIntStats, "size" | "blocks">): number {
    const end = Number(size);
    const isSparse = Number(blocks) * statUnit + block <= end;
    if (!isSparse || firstByte(log, 0, block) === block || firstByte(log, block, 2 * block) < 2 * block) {
        return 0;
    }
    return Math.floor(firstByte(log, block, end) / block) * block;
}

/** Offset of the first byte in `[start, end)` that is not zero; `end` when there is none. */
function firstByte(log: number, start: number, end: number): number {
    const chunk = Buffer.alloc(chunkBytes);
    const zeros = Buffer.alloc(chunkBytes);
    for (let position = start; position < end; ) {
        const bytes = readSync(log, chunk, 0, Math.min(chunkBytes, end - position), position);
        if (bytes === 0) {
            return end;
        }
        const content = chunk.subarray(0, bytes);
        if (!content.equals(zeros.subarray(0, bytes))) {
            return position + content.findIndex((byte) => byte !== 0);
        }
        position += bytes;
    }
    return end;
}
