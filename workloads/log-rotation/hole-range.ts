// Where the hole over the archived lines of a log begins and ends.

import { readSync } from "node:fs";
import { block, borderBefore } from "./blocks.ts";
import { headBytes } from "./log-identity.ts";

const newline = 0x0a;

/** Part of a log, as offsets. */
export interface Hole {
    readonly start: number;
    readonly end: number;
}

/** Whether there are blocks to give back before `upTo`: not kept for good, and not given back before. */
export function hasSpaceToGive(upTo: number, givenBackUpTo: number): boolean {
    return borderBefore(upTo) > Math.max(block, borderBefore(givenBackUpTo));
}

/**
 * The hole over the archived lines before `upTo`, the end of a line.
 *
 * It begins after the last line end of the first block, so that who reads the log from its beginning meets a line that
 * begins with zero bytes, and not half a line of text with zero bytes in it. The first bytes of the log stay in any
 * case: Filebeat tells a file by them, and so does the journal. In a first block without a line end the whole block
 * stays.
 *
 * It ends at a block, before the line end at `upTo`: the zero bytes run into the rest of an archived line, and never
 * into the next one.
 */
export function holeBefore(log: number, upTo: number): Hole {
    const first = Buffer.alloc(block);
    const bytes = readSync(log, first, 0, block, 0);
    const lineEnd = first.lastIndexOf(newline, bytes - 1) + 1;
    return { start: lineEnd >= headBytes ? lineEnd : block, end: borderBefore(upTo) };
}
