// The only place where rotation takes bytes away: from a log by a hole, a cut or a truncation, and from the archive
// directory by removing a temporary archive. Nothing here can be undone, so each act looks again directly before it
// whether what it takes away is what the journal knows to be archived.

import { spawn } from "node:child_process";
import { ftruncateSync, lstatSync, readSync } from "node:fs";
import { rm } from "node:fs/promises";
import { block } from "./blocks.ts";
import type { Hole } from "./hole-range.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { whyAnotherLog } from "./same-log.ts";

/** The log is no longer the one that the journal knows: it was truncated or replaced by somebody else. */
export class AnotherLog extends Error {}

/** What came of a hole. */
export type HoleResult =
    /** `changed`: the log became another one within those milliseconds after the look, and a line may be lost. */
    | { readonly method: "hole"; readonly changed?: { readonly reason: string; readonly withinMs: number } }
    /** The blocks stay in use; nothing is lost. `isUnsupported`: the file system has no holes to punch. */
    | { readonly method: "kept"; readonly reason: string; readonly isUnsupported: boolean };

/**
 * Punches the hole in the open log, whose journal entry is `entry` (fallocate(2), FALLOC_FL_PUNCH_HOLE): its blocks are
 * given back, and writers and readers keep their offsets.
 *
 * @throws {AnotherLog} and takes nothing away
 */
export async function punchHole(log: number, hole: Hole, entry: JournalEntry): Promise<HoleResult> {
    const looked = performance.now();
    requireSame(log, entry);
    const problem = (await fallocate("--punch-hole", log, hole)) && (await punchBlocks(log, hole, entry));
    if (problem !== undefined) {
        return { method: "kept", reason: problem, isUnsupported: /not supported|unsupported/i.test(problem) };
    }
    const reason = whyAnotherLog(log, entry);
    return reason === undefined
        ? { method: "hole" }
        : { method: "hole", changed: { reason, withinMs: Math.ceil(performance.now() - looked) } };
}

/**
 * The same for whole blocks only: a file system that never writes in place (btrfs) needs room for the rest of a block, and
 * a full one has none. Where there is room again, the next hole takes that rest.
 */
function punchBlocks(log: number, { start, end }: Hole, entry: JournalEntry): Promise<string | undefined> {
    requireSame(log, entry);
    return fallocate("--punch-hole", log, { start: Math.ceil(start / block) * block, end });
}

/**
 * Cuts the range, whole blocks, out of the open log, so that what follows it moves up (FALLOC_FL_COLLAPSE_RANGE). Returns
 * whether the file system could.
 *
 * @throws {AnotherLog} and takes nothing away
 */
export async function cutOut(log: number, range: Hole, entry: JournalEntry): Promise<boolean> {
    requireSame(log, entry);
    return (await fallocate("--collapse-range", log, range)) === undefined;
}

/**
 * Empties the open log if nothing follows `upTo`, up to which it is archived or copied. The last look at it is the system
 * call before the truncation.
 *
 * @param afterLook called between the two, where a test may end the program
 * @returns the microseconds from that look to the truncation; what follows `upTo` when something does
 * @throws {AnotherLog} and takes nothing away
 */
export function truncateAt(
    log: number,
    upTo: number,
    entry: JournalEntry,
    afterLook?: () => void,
): { readonly microseconds: number } | { readonly rest: Buffer } {
    requireSame(log, entry);
    const rest = Buffer.allocUnsafe(chunkBytes);
    const bytes = readSync(log, rest, 0, chunkBytes, upTo);
    const looked = performance.now();
    if (bytes > 0) {
        return { rest: rest.subarray(0, bytes) };
    }
    afterLook?.();
    ftruncateSync(log, 0);
    return { microseconds: Math.ceil((performance.now() - looked) * 1_000) };
}

/** Removes a temporary archive, if it is an ordinary file and there. */
export async function removeTemporary(path: string): Promise<void> {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) {
        await rm(path, { force: true });
    }
}

const chunkBytes = 64 * 1024;

function requireSame(log: number, entry: JournalEntry): void {
    const reason = whyAnotherLog(log, entry);
    if (reason !== undefined) {
        throw new AnotherLog(reason);
    }
}

/** What went wrong; undefined when nothing did. */
function fallocate(what: string, log: number, { start, end }: Hole): Promise<string | undefined> {
    // Node.js has no call for it. The program gets the open file and not its path, so that a file which took the path
    // meanwhile is never touched.
    return new Promise((resolve) => {
        const child = spawn(
            "fallocate",
            [what, "--offset", String(start), "--length", String(end - start), "/proc/self/fd/3"],
            { stdio: ["ignore", "ignore", "pipe", log], env: { ...process.env, LC_ALL: "C" } },
        );
        let said = "";
        child.stderr?.setEncoding("utf8").on("data", (text: string) => {
            said += text;
        });
        child.on("error", (error) => resolve(error.message));
        child.on("close", (status) =>
            resolve(status === 0 ? undefined : said.trim() || `fallocate ended with status ${status}`),
        );
    });
}
