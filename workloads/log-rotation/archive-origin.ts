// What an archive says of the log that it is made of, before its seal: whose lines they are and where they end. When the
// journal's entry of a log is lost or damaged, the archives that are still on the disk say how far the log is archived.
//
// It is a gzip member of no bytes, as the seal is, with JSON in its extra field; every gunzip reads over it
// (https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1.1).

import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { readSeal, sealBytes } from "../../formats/archive-seal.ts";
import { isArchiveName, isLogPath } from "./journal-entry.ts";
import { isCount, isObject, isOptionalText, isTime, parseJson } from "./json-values.ts";
import { type HeadOfLog, isHeadOfLog, isTailOfLog, type LogIdentity, type TailOfLog } from "./log-identity.ts";

/** Where the lines of an archive come from. */
export interface ArchiveOrigin {
    /** The archive's name. */
    readonly name: string;
    /** Time in that name, milliseconds since 1970. */
    readonly time: number;
    /** Path of the log below the log root. */
    readonly path: string;
    readonly identity: LogIdentity;
    readonly birth?: string | undefined;
    readonly head: HeadOfLog;
    /** Offsets of the archived lines in the log. */
    readonly start: number;
    readonly end: number;
    readonly tail: TailOfLog;
}

/** `FEXTRA` set, no time, unknown system, as in the seal. */
const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255]);
const subfield = Buffer.from("CO");
/** An empty final block, and a checksum and a length of no bytes. */
const trailer = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const lengthBytes = 2;
/** Never following a link, nor waiting for a pipe. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Bytes of the member beside the JSON: its length stands after it too, to be found from the end. */
const frameBytes = header.length + lengthBytes + subfield.length + lengthBytes + lengthBytes + trailer.length;

/** The bytes of an origin. */
export function originMember(origin: ArchiveOrigin): Buffer {
    return memberOf(Buffer.from(JSON.stringify(origin)));
}

function memberOf(json: Buffer): Buffer {
    const field = Buffer.concat([json, lengthOf(json.length)]);
    return Buffer.concat([
        header,
        lengthOf(subfield.length + lengthBytes + field.length),
        subfield,
        lengthOf(field.length),
        field,
        trailer,
    ]);
}

/** The origin of a sealed archive; undefined when it has none. Whether its content is whole is not looked at. */
export function readOrigin(path: string): ArchiveOrigin | undefined {
    const file = openSync(path, flags);
    try {
        return originIn(file);
    } finally {
        closeSync(file);
    }
}

/** An archive that is complete, byte by byte. */
export interface CompleteArchive {
    /** Archives of earlier versions have none. */
    readonly origin: ArchiveOrigin | undefined;
    readonly bytes: number;
    /** Of all its bytes. */
    readonly sha256: string;
}

/** The archive, if its bytes are those that were sealed; undefined otherwise. */
export function readCompleteArchive(path: string): CompleteArchive | undefined {
    const file = openSync(path, flags);
    try {
        const seal = sealIn(file);
        if (!seal) {
            return undefined;
        }
        const { size } = fstatSync(file);
        const hash = createHash("sha256");
        const chunk = Buffer.alloc(256 * 1024);
        for (let position = 0; position < size - sealBytes; ) {
            const bytes = readSync(file, chunk, 0, Math.min(chunk.length, size - sealBytes - position), position);
            hash.update(chunk.subarray(0, bytes));
            position += bytes;
        }
        if (hash.copy().digest("hex") !== seal.sha256) {
            return undefined;
        }
        const sha256 = hash.update(bytesAt(file, size - sealBytes, sealBytes)).digest("hex");
        return { origin: originIn(file), bytes: size, sha256 };
    } finally {
        closeSync(file);
    }
}

/** Whether the file begins as one that is compressed, or has nothing yet. */
export function mayBeCompressed(path: string): boolean {
    const file = openSync(path, flags);
    try {
        const [start, magic] = [bytesAt(file, 0, 2), header.subarray(0, 2)];
        return start.equals(magic.subarray(0, start.length));
    } finally {
        closeSync(file);
    }
}

function sealIn(file: number): ReturnType<typeof readSeal> {
    const { size } = fstatSync(file);
    return size < sealBytes ? undefined : readSeal(bytesAt(file, size - sealBytes, sealBytes));
}

function originIn(file: number): ArchiveOrigin | undefined {
    const end = fstatSync(file).size - sealBytes;
    if (end < frameBytes || !sealIn(file)) {
        return undefined;
    }
    const jsonEnd = end - trailer.length - lengthBytes;
    const jsonBytes = bytesAt(file, jsonEnd, lengthBytes).readUInt16LE();
    if (jsonBytes + frameBytes > end) {
        return undefined;
    }
    const json = bytesAt(file, jsonEnd - jsonBytes, jsonBytes);
    const member = bytesAt(file, end - frameBytes - jsonBytes, frameBytes + jsonBytes);
    return memberOf(json).equals(member) ? parse(json.toString()) : undefined;
}

/** The origin that was written here as this text; undefined when it is none, whatever made it. */
function parse(json: string): ArchiveOrigin | undefined {
    const origin = parseJson(json);
    return isObject(origin) &&
        isArchiveName(origin.name) &&
        isTime(origin.time) &&
        isLogPath(origin.path) &&
        isObject(origin.identity) &&
        [origin.identity.device, origin.identity.inode].every((number) => /^\d+$/.test(String(number))) &&
        isOptionalText(origin.birth) &&
        isHeadOfLog(origin.head) &&
        isCount(origin.start) &&
        isCount(origin.end) &&
        isTailOfLog(origin.tail)
        ? (origin as unknown as ArchiveOrigin)
        : undefined;
}

function bytesAt(file: number, position: number, count: number): Buffer {
    const content = Buffer.alloc(count);
    return content.subarray(0, readSync(file, content, 0, count, position));
}

function lengthOf(bytes: number): Buffer {
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt16LE(bytes);
    return length;
}
