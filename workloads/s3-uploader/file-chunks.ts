// Reads an open file in pieces. Unlike a stream that Node.js makes of a file handle, ending early leaves it open.

import type { FileHandle } from "node:fs/promises";

/** Larger ones leave so much garbage between two collections that memory grows by tens of MiB. */
const chunkBytes = 64 * 1024;

/** Thrown when a file ends before the size that it had. */
class FileShrank extends Error {}

/**
 * The bytes of a file from its start to its end or, where a `range` is given, exactly those.
 *
 * @throws FileShrank when it ends before the range does
 */
export async function* fileChunks(
    file: FileHandle,
    range?: { readonly start: number; readonly end: number },
): AsyncGenerator<Buffer> {
    let position = range?.start ?? 0;
    const end = range?.end ?? Number.POSITIVE_INFINITY;
    while (position < end) {
        const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, end - position));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) {
            if (range) {
                throw new FileShrank(`it has ${position} bytes, and had at least ${end}`);
            }
            return;
        }
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
    }
}
