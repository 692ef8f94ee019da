// The checksums of an archive, of its bytes as they are read: of all, of all before its seal, and of each part.

import { createHash } from "node:crypto";
import { sealBytes } from "../../formats/archive-seal.ts";
import { PartHashes, partBytesOf } from "./part-plan.ts";

/** The parts of a large archive. */
export interface ArchiveParts {
    /** Bytes of each but the last. */
    readonly bytes: number;
    /** SHA-256 of each. */
    readonly digests: readonly Buffer[];
}

/** Takes bytes in order. */
export class ContentDigests {
    readonly #whole = createHash("sha256");
    readonly #sealStart: number;
    readonly #partBytes: number | undefined;
    readonly #parts: PartHashes | undefined;
    #size = 0;
    #sha256BeforeSeal = "";

    /**
     * @param expectedSize bytes of the file before it is read
     * @param partBytes bytes of a part; a larger archive is measured in parts too
     */
    constructor(expectedSize: number, partBytes: number) {
        this.#sealStart = expectedSize - sealBytes;
        this.#partBytes = partBytesOf(expectedSize, partBytes);
        this.#parts = this.#partBytes === undefined ? undefined : new PartHashes(this.#partBytes);
    }

    /** Takes the next bytes. */
    update(bytes: Buffer): void {
        const before = this.#sealStart - this.#size;
        if (before > 0 && before <= bytes.length) {
            this.#whole.update(bytes.subarray(0, before));
            this.#sha256BeforeSeal = this.#whole.copy().digest("hex");
            this.#whole.update(bytes.subarray(before));
        } else {
            this.#whole.update(bytes);
        }
        this.#parts?.update(bytes);
        this.#size += bytes.length;
    }

    /** Of all bytes where a seal would begin, hexadecimal; empty before they are all there. */
    get sha256BeforeSeal(): string {
        return this.#sha256BeforeSeal;
    }

    /** Ends it. */
    result(): { readonly size: number; readonly sha256: string; readonly parts: ArchiveParts | undefined } {
        const parts =
            this.#partBytes !== undefined && this.#parts !== undefined
                ? { bytes: this.#partBytes, digests: this.#parts.digests() }
                : undefined;
        return { size: this.#size, sha256: this.#whole.digest("hex"), parts };
    }
}
