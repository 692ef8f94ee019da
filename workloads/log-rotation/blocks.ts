// Blocks of a log: what a hole can take the place of, and what stays of the end of an archive.

/** Space comes back in blocks; 4 KiB is a multiple of every block size that Linux uses on these disks. */
export const block = 4096;

/**
 * The last block border before the line end at `upTo`, which is one byte long. Everything before it can be given back;
 * what follows it, 1 to 4,096 bytes of archived lines, stays.
 */
export function borderBefore(upTo: number): number {
    return Math.floor(Math.max(0, upTo - 1) / block) * block;
}
