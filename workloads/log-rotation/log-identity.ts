// What tells one log from another, whatever its name is.

import { createHash } from "node:crypto";
import { type BigIntStats, readSync } from "node:fs";

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

/** Bytes at the beginning of a log that tell it apart; rotation never takes them away. */
export const headBytes = 1024;

/** Identity of the file that the stats are of. */
export function identityOf({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): LogIdentity {
    return { device: String(dev), inode: String(ino) };
}

/** The beginning of the open log: at most {@link headBytes}, at most `upTo`. */
export function headOfLog(log: number, upTo: number): HeadOfLog {
    const head = Buffer.alloc(Math.min(headBytes, upTo));
    const bytes = readSync(log, head, 0, head.length, 0);
    return { bytes, sha256: createHash("sha256").update(head.subarray(0, bytes)).digest("hex") };
}
