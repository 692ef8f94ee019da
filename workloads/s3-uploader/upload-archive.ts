// Brings one archive into the bucket and has S3 confirm it.

import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type ArchiveContent, ChangedWhileRead, versionOf } from "./archive-content.ts";
import type { ArchiveStore, StoredObject } from "./archive-store.ts";
import { UploadError } from "./failure.ts";
import { fileChunks } from "./file-chunks.ts";
import { log } from "./log.ts";

/**
 * Most bytes that S3 takes in one put. What is larger needs a multipart upload, which this program does not make: S3 keeps
 * a SHA-256 of its parts only, so that it could not confirm the archive as a whole.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
const largestPutBytes = 5 * 1024 ** 3;

/** The SDK cannot send a stream a second time, so puts are repeated here, each from the start of the file. */
const attempts = 3;

/**
 * Refuses an archive that no single put can carry; called before it is read, which would take minutes.
 *
 * @throws UploadError `too-large`
 */
export function refuseTooLarge(size: number): void {
    if (size > largestPutBytes) {
        throw new UploadError(
            "too-large",
            `it has ${size} bytes, and S3 takes ${largestPutBytes} (5 GiB) in one put; ` +
                "set a smaller rotation.maxSizeMb, upload this one by hand with a multipart upload, and remove it here",
        );
    }
}

/** What S3 confirmed. */
export interface ConfirmedObject extends StoredObject {
    /** False when the object had been there before. */
    readonly uploaded: boolean;
}

/**
 * Stores an archive under a key, unless an object of the same content is there already.
 *
 * @param requests ends the requests when it is aborted
 * @throws ChangedWhileRead when the file is no longer the one that was read
 * @throws UploadError `conflict` when another object has the key, `unconfirmed` when S3 does not confirm what it took
 */
export async function uploadArchive(
    store: ArchiveStore,
    file: FileHandle,
    content: ArchiveContent,
    key: string,
    requests: AbortSignal,
): Promise<ConfirmedObject> {
    for (let attempt = 1; ; attempt++) {
        const there = await store.head(key, requests);
        if (there) {
            // In a later attempt it is the one whose answer got lost.
            return compared(there, content, key, "conflict", attempt > 1);
        }
        try {
            const outcome = await put(store, file, content, key, requests);
            const stored = await store.head(key, requests);
            if (!stored) {
                throw new UploadError("unconfirmed", `S3 accepted ${key} and then did not have it`);
            }
            return outcome === "stored"
                ? compared(stored, content, key, "unconfirmed", true)
                : compared(stored, content, key, "conflict", false);
        } catch (error) {
            if (!(error instanceof UploadError && mayPass(error)) || attempt === attempts) {
                throw error;
            }
            log("warning", `it is sent again: ${error.message}`, { reason: error.reason, key, attempt });
            await sleep(2 ** attempt * 100, undefined, { signal: requests });
        }
    }
}

function compared(
    stored: StoredObject,
    content: ArchiveContent,
    key: string,
    otherwise: "conflict" | "unconfirmed",
    uploaded: boolean,
): ConfirmedObject {
    if (stored.size === content.size && stored.sha256 === content.sha256) {
        return { ...stored, uploaded };
    }
    const theirs = `${stored.size} bytes with SHA-256 ${stored.sha256 ?? "unknown"}`;
    const ours = `${content.size} bytes with SHA-256 ${content.sha256}`;
    throw new UploadError(
        otherwise,
        otherwise === "conflict"
            ? `${key} is taken by another object (${theirs}; this archive has ${ours}); ` +
                  "nothing is overwritten: find out which one is right and rename the archive"
            : `S3 has ${key} with ${theirs}, but ${ours} were sent; the archive stays`,
    );
}

async function put(
    store: ArchiveStore,
    file: FileHandle,
    content: ArchiveContent,
    key: string,
    requests: AbortSignal,
): Promise<"stored" | "precondition-failed"> {
    // S3 would wait for the missing bytes of a file that became shorter or cannot be read to its end.
    const cut = new AbortController();
    let unreadable: Error | undefined;
    const body =
        content.size === 0
            ? Buffer.alloc(0)
            : Readable.from(fileChunks(file, content.size), { objectMode: false }).once("error", (error) => {
                  unreadable = error;
                  cut.abort();
              });
    const contentType = key.endsWith(".gz") ? "application/gzip" : "application/x-ndjson";
    try {
        const { size, sha256 } = content;
        return await store.putNew({ key, size, sha256, body, contentType }, AbortSignal.any([requests, cut.signal]));
    } catch (error) {
        // Bytes that do not have the checksum any more are refused, and a file that shrank ends the request.
        if (versionOf(await file.stat({ bigint: true })) !== content.version) {
            throw new ChangedWhileRead();
        }
        throw unreadable ?? error;
    } finally {
        if (!Buffer.isBuffer(body)) {
            body.destroy();
        }
    }
}

/** Whether a repetition may succeed: the connection broke, or S3 had a problem or asked to slow down. */
function mayPass(error: UploadError): boolean {
    const status = (error.cause as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
    const name = (error.cause as Error | undefined)?.name;
    return (
        error.reason === "unreachable" ||
        (error.reason === "s3" && (status === 429 || (status ?? 0) >= 500 || name === "RequestTimeout"))
    );
}
