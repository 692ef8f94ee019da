// What tells one log from another, whatever its name is.

import { createHash } from "node:crypto";
import { type BigIntStats, readSync } from "node:fs";
import { borderBefore } from "./blocks.ts";
import { isCount, isObject } from "./json-values.ts";

/** Device and inode. As text: inodes of some file systems have 64 bits, more than a number holds exactly. */
export interface LogIdentity {
    readonly device: string;
    readonly inode: string;
}

/** The first bytes of a log, as far as they were there: a new file can get the inode of a deleted one. */
export interface HeadOfLog {
    readonly bytes: number;
    readonly sha256: string;
}

/**
 * The bytes just before the end of the last archive, as SHA-256: two logs may begin with the same banner. `kept` is of
 * those after the last block border, which no hole ever takes; `whole` of all {@link tailBytes}, of which a hole may take
 * those before the border.
 */
export interface TailOfLog {
    readonly kept: string;
    readonly whole: string;
}

/** Whether a value that was read is one. */
export function isHeadOfLog(value: unknown): value is HeadOfLog {
    return isObject(value) && isCount(value.bytes) && typeof value.sha256 === "string";
}

/** Whether a value that was read is one. */
export function isTailOfLog(value: unknown): value is TailOfLog {
    return isObject(value) && typeof value.kept === "string" && typeof value.whole === "string";
}

/** Bytes at the beginning of a log that tell it apart; rotation never takes them away. */
export const headBytes = 1024;

/** Bytes before the end of the last archive that tell a log apart. */
const tailBytes = 1024;

/** Identity of the file that the stats are of. */
export function identityOf({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): LogIdentity {
    return { device: String(dev), inode: String(ino) };
}

/**
 * When the file was made, nanoseconds since 1970 as text; undefined where the file system does not say. Node.js gives the
 * time of the last change instead there (statx(2), `STATX_BTIME`), which is never later than the file's own.
 */
export function birthOf({ birthtimeNs, ctimeNs }: Pick<BigIntStats, "birthtimeNs" | "ctimeNs">): string | undefined {
    return birthtimeNs > 0n && birthtimeNs < ctimeNs ? String(birthtimeNs) : undefined;
}

/** The beginning of the open log: at most {@link headBytes}, at most `upTo`. */
export function headOfLog(log: number, upTo: number): HeadOfLog {
    const head = bytesOf(log, 0, Math.min(headBytes, upTo));
    return { bytes: head.length, sha256: sha256Of(head) };
}

/** What is before `upTo`, the end of an archive, in the open log. */
export function tailOfLog(log: number, upTo: number): TailOfLog {
    const { before, kept } = aroundBorder(log, upTo);
    return { kept: sha256Of(kept), whole: sha256Of(Buffer.concat([before, kept])) };
}

/** Whether the open log has that tail before `upTo`, as it was archived or with a hole up to the block border. */
export function hasTail(log: number, upTo: number, tail: TailOfLog): boolean {
    const { before, kept } = aroundBorder(log, upTo);
    const isPunched = before.length > 0 && before.every((byte) => byte === 0);
    return sha256Of(kept) === tail.kept && (isPunched || sha256Of(Buffer.concat([before, kept])) === tail.whole);
}

function aroundBorder(log: number, upTo: number): { readonly before: Buffer; readonly kept: Buffer } {
    const start = Math.max(0, upTo - tailBytes);
    const border = Math.max(start, borderBefore(upTo));
    const tail = bytesOf(log, start, upTo - start);
    return { before: tail.subarray(0, border - start), kept: tail.subarray(border - start) };
}

/** Fewer where the log ends before. */
function bytesOf(log: number, start: number, count: number): Buffer {
    const content = Buffer.alloc(count);
    return content.subarray(0, readSync(log, content, 0, count, start));
}

function sha256Of(bytes: Buffer): string {
    return createHash("sha256").update(bytes).digest("hex");
}
