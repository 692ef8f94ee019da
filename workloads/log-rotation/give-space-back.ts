// Gives the disk space of archived lines back, without moving, shortening or replacing the log: a hole takes the place
// of the archived blocks. Writers and readers keep their offsets (fallocate(2), FALLOC_FL_PUNCH_HOLE).

import { spawnSync } from "node:child_process";
import { readSync } from "node:fs";
import { headBytes } from "./log-identity.ts";

/** Space comes back in blocks; 4 KiB is a multiple of every block size that Linux uses on these disks. */
export const block = 4096;

const newline = 0x0a;

/** What came of it. */
export type HoleResult =
    | { readonly method: "hole" }
    /** The blocks stay in use; nothing is lost. `isUnsupported`: the file system has no holes to punch. */
    | { readonly method: "kept"; readonly reason: string; readonly isUnsupported: boolean };

/** Part of a log, as offsets. */
export interface Hole {
    readonly start: number;
    readonly end: number;
}

/** Whether there are blocks to give back before `upTo`: not kept for good, and not given back before. */
export function hasSpaceToGive(upTo: number, givenBackUpTo: number): boolean {
    return endOfHole(upTo) > Math.max(block, endOfHole(givenBackUpTo));
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
    return { start: lineEnd >= headBytes ? lineEnd : block, end: endOfHole(upTo) };
}

/** Punches the hole. */
export function punchHole(log: number, hole: Hole): HoleResult {
    const problem = fallocate("--punch-hole", log, hole);
    return problem === undefined
        ? { method: "hole" }
        : { method: "kept", reason: problem, isUnsupported: /not supported|unsupported/i.test(problem) };
}

/** Cuts the range, whole blocks, out of the log, so that what follows it moves up. Returns whether it could be done. */
export function collapseRange(log: number, range: Hole): boolean {
    return fallocate("--collapse-range", log, range) === undefined;
}

/** What went wrong; undefined when nothing did. */
function fallocate(what: string, log: number, { start, end }: Hole): string | undefined {
    // Node.js has no call for it. The program gets the open file and not its path, so that a file which took the path
    // meanwhile is never touched.
    const result = spawnSync(
        "fallocate",
        [what, "--offset", String(start), "--length", String(end - start), "/proc/self/fd/3"],
        { stdio: ["ignore", "pipe", "pipe", log], encoding: "utf8", env: { ...process.env, LC_ALL: "C" } },
    );
    return result.status === 0
        ? undefined
        : (result.error?.message ?? (result.stderr.trim() || `fallocate ended with status ${result.status}`));
}

/** The last block border before the line end at `upTo`, which is one byte long. */
function endOfHole(upTo: number): number {
    return Math.floor(Math.max(0, upTo - 1) / block) * block;
}
