// Brings one archive into the bucket and has S3 confirm it.

import { type ArchiveContent, ChangedWhileRead, isOther, storedChecksum } from "./archive-content.ts";
import type { Condition, PutOutcome, StoredObject } from "./archive-store.ts";
import { UploadError } from "./failure.ts";
import { log } from "./log.ts";
import { UploadGone } from "./s3-error.ts";
import { sendRange } from "./send-range.ts";
import { uploadInParts } from "./upload-in-parts.ts";
import type { OpenArchive, UploadTools } from "./upload-tools.ts";

/** What S3 confirmed. */
export interface ConfirmedObject extends StoredObject {
    /** False when the object had been there before. */
    readonly uploaded: boolean;
}

/**
 * Stores an archive under its key, unless an object of the same content is there already.
 *
 * @throws ChangedWhileRead when the file is no longer the one that was read
 * @throws UploadError `conflict` when another object has the key, `unconfirmed` when S3 does not confirm what it took
 */
export async function uploadArchive(tools: UploadTools, archive: OpenArchive): Promise<ConfirmedObject> {
    const { store, retries, requests } = tools;
    const { key, content } = archive;
    const look = () => retries.run(key, requests, () => store.head(key, requests));
    const first = archive.isListed ? await look() : undefined;
    const outcome = await retries.run(key, requests, async (attempt) => {
        // After the first attempt it may be there, although its answer got lost.
        const there = attempt === 1 ? first : await look();
        if (there && !isSpoiled(there, content)) {
            return attempt === 1 || !isSame(there, content) ? "precondition-failed" : "stored";
        }
        if (there) {
            const fields = { key, etag: there.etag };
            log("warning", "S3 has this archive with other bytes than were sent; it is stored again", fields);
        }
        return put(tools, archive, there ? { etag: there.etag } : "free");
    });
    const stored = await look();
    if (!stored) {
        throw new UploadError("unconfirmed", `S3 accepted ${key} and then did not have it`);
    }
    return outcome === "stored"
        ? compared(stored, archive, "unconfirmed", true)
        : compared(stored, archive, "conflict", false);
}

/**
 * Whether an object is this archive, put by this program, and spoiled by the store: it says that it has this content and
 * has another. Its version stays in the bucket.
 */
function isSpoiled(stored: StoredObject, content: ArchiveContent): boolean {
    return stored.metadata?.sha256 === content.sha256 && !isSame(stored, content);
}

function isSame(stored: StoredObject, content: ArchiveContent): boolean {
    return stored.size === content.size && stored.checksum === storedChecksum(content);
}

function compared(
    stored: StoredObject,
    { content, key }: OpenArchive,
    otherwise: "conflict" | "unconfirmed",
    uploaded: boolean,
): ConfirmedObject {
    if (isSame(stored, content)) {
        return { ...stored, uploaded };
    }
    const theirs = `${stored.size} bytes with checksum ${stored.checksum ?? "unknown"}`;
    const ours = `${content.size} bytes with checksum ${storedChecksum(content)}`;
    throw new UploadError(
        otherwise,
        otherwise === "conflict"
            ? `${key} is taken by another object (${theirs}; this archive has ${ours}); ` +
                  "nothing is overwritten: find out which one is right and rename the archive"
            : `S3 has ${key} with ${theirs}, but ${ours} were sent; the archive stays`,
    );
}

async function put(tools: UploadTools, archive: OpenArchive, condition: Condition): Promise<PutOutcome> {
    const { content, file } = archive;
    try {
        if (content.parts !== undefined) {
            return await uploadInParts(tools, archive, content.parts, condition);
        }
        const range = { start: 0, end: content.size };
        return await sendRange(tools, file, range, storedChecksum(content), (bytes, signal) =>
            tools.store.putArchive(archive, bytes, condition, signal),
        );
    } catch (error) {
        // Bytes that do not have the checksum any more are refused, and a file that shrank ends the request.
        if (isOther(await file.stat({ bigint: true }), content.version)) {
            throw new ChangedWhileRead();
        }
        if (error instanceof UploadGone) {
            const { reason, message, cause } = error;
            throw new UploadError(reason, message, { cause, again: { when: "later" } });
        }
        throw error;
    }
}
