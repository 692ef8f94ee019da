// Sends bytes of a file as the body of one request.

import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import type { MeasuredBody } from "./archive-store.ts";
import { fileChunks } from "./file-chunks.ts";
import type { UploadTools } from "./upload-tools.ts";

/**
 * Has `send` send a range of the file, as soon as there is a slot for it.
 *
 * @param checksum SHA-256 of the range, base64
 * @param inMemory the bytes of the range, where they are at hand
 * @throws the error of the disk when the range cannot be read
 */
export async function sendRange<T>(
    { bodies, requests }: Pick<UploadTools, "bodies" | "requests">,
    file: FileHandle,
    range: { readonly start: number; readonly end: number },
    checksum: string,
    send: (bytes: MeasuredBody, signal: AbortSignal) => Promise<T>,
    inMemory?: Buffer,
): Promise<T> {
    return bodies.run(async () => {
        if (inMemory) {
            return send({ body: inMemory, size: inMemory.length, checksum }, requests);
        }
        // S3 would wait for the missing bytes of a file that became shorter or cannot be read to its end.
        const cut = new AbortController();
        let unreadable: Error | undefined;
        const size = range.end - range.start;
        const body = Readable.from(fileChunks(file, range), { objectMode: false }).once("error", (error) => {
            unreadable = error;
            cut.abort();
        });
        try {
            return await send({ body, size, checksum }, AbortSignal.any([requests, cut.signal]));
        } catch (error) {
            throw unreadable ?? error;
        } finally {
            body.destroy();
        }
    });
}
