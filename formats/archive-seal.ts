// What rotation says of an archive at its end: how many lines are in it, and the SHA-256 of all before the seal. Whoever
// finds that the bytes have this SHA-256 knows that they are those that rotation wrote, complete, and need not unpack them
// to count (docs/decisions/0013-archives-carry-a-seal.md).
//
// A seal is a gzip member of no bytes with the figures in its extra field, so that every gunzip reads a sealed archive as
// it reads one without: https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1.1

/** What a seal says. */
export interface Seal {
    readonly lines: number;
    /** Of all bytes before the seal, hexadecimal. */
    readonly sha256: string;
}

/** `FEXTRA` set, no time, unknown system: https://www.rfc-editor.org/rfc/rfc1952#page-5 */
const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255]);
/** Identifies the one subfield of the extra field; no registered one has it. */
const subfield = Buffer.from("CL");
const linesBytes = 8;
const sha256Bytes = 32;
/** An empty final block, and a checksum and a length of no bytes. */
const trailer = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const lengthBytes = 2;

const start = Buffer.concat([
    header,
    lengthOf(subfield.length + lengthBytes + linesBytes + sha256Bytes),
    subfield,
    lengthOf(linesBytes + sha256Bytes),
]);

/** Bytes of every seal, the last ones of the archive. */
export const sealBytes = start.length + linesBytes + sha256Bytes + trailer.length;

/** The bytes of a seal. */
export function sealOf({ lines, sha256 }: Seal): Buffer {
    const count = Buffer.alloc(linesBytes);
    count.writeBigUInt64LE(BigInt(lines));
    return Buffer.concat([start, count, Buffer.from(sha256, "hex"), trailer]);
}

/** The seal that these bytes are; undefined when they are none. */
export function readSeal(bytes: Buffer): Seal | undefined {
    const figures = bytes.subarray(start.length, -trailer.length);
    if (
        bytes.length !== sealBytes ||
        !bytes.subarray(0, start.length).equals(start) ||
        !bytes.subarray(-trailer.length).equals(trailer)
    ) {
        return undefined;
    }
    const lines = figures.readBigUInt64LE();
    return lines > BigInt(Number.MAX_SAFE_INTEGER)
        ? undefined
        : { lines: Number(lines), sha256: figures.subarray(linesBytes).toString("hex") };
}

function lengthOf(bytes: number): Buffer {
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt16LE(bytes);
    return length;
}
