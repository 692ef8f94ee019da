// How a large archive is cut into the parts of a multipart upload.

import { createHash, type Hash } from "node:crypto";

/**
 * Bytes of a part by default. An archive that is larger than one part is uploaded in parts: a broken connection then
 * costs one part, not the whole archive. S3 takes 5 MiB to 5 GiB.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
export const defaultPartBytes = 64 * 1024 ** 2;

const mostParts = 10_000;
const mebibyte = 1024 ** 2;

/** Bytes of each part of an archive but the last; undefined for one that goes in a single put. */
export function partBytesOf(archiveBytes: number, partBytes: number): number | undefined {
    if (archiveBytes <= partBytes) {
        return undefined;
    }
    const least = Math.ceil(archiveBytes / mostParts / mebibyte) * mebibyte;
    return Math.max(partBytes, least);
}

/** Takes the bytes of an archive as they are read, and gives the SHA-256 of each part. */
export class PartHashes {
    readonly #partBytes: number;
    readonly #digests: Buffer[] = [];
    #hash: Hash = createHash("sha256");
    #filled = 0;

    constructor(partBytes: number) {
        this.#partBytes = partBytes;
    }

    /** Takes the next bytes. */
    update(bytes: Buffer): void {
        for (let at = 0; at < bytes.length; ) {
            const taken = bytes.subarray(at, at + this.#partBytes - this.#filled);
            this.#hash.update(taken);
            this.#filled += taken.length;
            at += taken.length;
            if (this.#filled === this.#partBytes) {
                this.#end();
            }
        }
    }

    /** Ends the last part. */
    digests(): readonly Buffer[] {
        if (this.#filled > 0) {
            this.#end();
        }
        return this.#digests;
    }

    #end(): void {
        this.#digests.push(this.#hash.digest());
        this.#hash = createHash("sha256");
        this.#filled = 0;
    }
}
