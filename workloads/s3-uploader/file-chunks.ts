// Reads an open file in pieces. Unlike a stream that Node.js makes of a file handle, ending early leaves it open.

import type { FileHandle } from "node:fs/promises";

const chunkBytes = 256 * 1024;

/** Thrown when a file ends before the size that it had. */
export class FileShrank extends Error {}

/**
 * The bytes of a file from its start, to its end or up to `size`.
 *
 * @throws FileShrank when it has less than `size`
 */
export async function* fileChunks(file: FileHandle, size = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
    let position = 0;
    while (position < size) {
        const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - position));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) {
            if (size !== Number.POSITIVE_INFINITY) {
                throw new FileShrank(`it has ${position} bytes, and had ${size}`);
            }
            return;
        }
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
    }
}
