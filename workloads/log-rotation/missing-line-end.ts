// A log that grows and ends no line: its application writes CR alone, or no text. Nothing of it comes into an archive or
// into search, and nobody else can tell which file it is.

/** Bytes: hardly any line is longer while it is being written. */
const mostWithoutEnd = 2 ** 20;

/**
 * What is to be said of a log of so many bytes whose whole lines end at `end`; undefined: nothing.
 */
export function missingLineEnd(size: number, end: number): string | undefined {
    const mebibytes = Math.floor((size - end) / mostWithoutEnd);
    return mebibytes === 0
        ? undefined
        : `WARNING: its last ${mebibytes} MiB have no line end (LF), so they are in no archive and not in search: does its application end lines by CR alone?`;
}
