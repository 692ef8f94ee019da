// Errors that mean that a file system has no room for what was to be written.

import { constants } from "node:os";

/** Node.js has no name for the second (errno(3)), so the number tells. */
const numbers: readonly (number | undefined)[] = [-constants.errno.ENOSPC, -constants.errno.EDQUOT];

/** Whether the disk is full, or the share of it that may be used. */
export function isOutOfSpace(error: unknown): boolean {
    return numbers.includes((error as NodeJS.ErrnoException).errno);
}
