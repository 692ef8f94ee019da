// Brings one archive into the bucket, as far as one archive goes: what S3 answers to a put is confirmed by the list of the
// day, one for all archives (day.ts).

import { type ArchiveContent, ChangedWhileRead, isOther, storedChecksum } from "./archive-content.ts";
import type { Condition, ListedObject, PutOutcome, StoredObject } from "./archive-store.ts";
import { verifiedContent } from "./compare-object.ts";
import { UploadError } from "./failure.ts";
import { log } from "./log.ts";
import { UploadGone } from "./s3-error.ts";
import { sendRange } from "./send-range.ts";
import { uploadInParts } from "./upload-in-parts.ts";
import type { OpenArchive, UploadTools } from "./upload-tools.ts";

/** An archive that is in the bucket, as far as S3 has answered. */
export type Placement =
    /** Its object is compared with it. */
    | { readonly kind: "compared"; readonly object: ListedObject; readonly uploaded: boolean }
    /** S3 has answered the put with its SHA-256 of the object that has this tag. Whether that lies there is to be seen. */
    | { readonly kind: "answered"; readonly etag: string };

/**
 * Stores an archive under its key, unless an object of the same content is there already.
 *
 * @throws ChangedWhileRead when the file is no longer the one that was read
 * @throws UploadError `conflict` when another object has the key, `unconfirmed` when S3 does not confirm what it took
 */
export async function placeArchive(tools: UploadTools, archive: OpenArchive): Promise<Placement> {
    const { retries, requests } = tools;
    const { key, content } = archive;
    const first = archive.isListed ? await lookUp(tools, key) : undefined;
    const outcome = await retries.run(key, requests, async (attempt) => {
        // After the first attempt it may be there, although its answer got lost.
        const there = attempt === 1 ? first : await lookUp(tools, key);
        if (there && (await isSame(tools, archive, there))) {
            return { kind: "compared", object: there, uploaded: attempt > 1 } as const;
        }
        if (there && !saysItIs(there, content)) {
            throw conflict(archive, there);
        }
        if (there) {
            const fields = { key, etag: there.etag };
            log("warning", "S3 has this archive with other bytes than its object says; it is stored again", fields);
        }
        return put(tools, archive, there ? { etag: there.etag } : "free");
    });
    if (outcome === "precondition-failed") {
        const object = await lookUp(tools, key);
        if (object && !(await isSame(tools, archive, object))) {
            throw conflict(archive, object);
        }
        if (!object) {
            throw new UploadError("unconfirmed", `S3 refused ${key} because it is there, and then did not have it`);
        }
        return { kind: "compared", object, uploaded: false };
    }
    if ("kind" in outcome) {
        return outcome;
    }
    if (outcome.checksum === undefined || outcome.etag === "") {
        return { kind: "compared", object: await confirmedByItself(tools, archive), uploaded: true };
    }
    if (outcome.checksum !== storedChecksum(content)) {
        const theirs = `${content.size} bytes with checksum ${outcome.checksum}`;
        throw unconfirmed(archive, theirs);
    }
    return { kind: "answered", etag: outcome.etag };
}

/**
 * Asks S3 what lies under the key of an archive that was put, and compares.
 *
 * @throws UploadError `unconfirmed` when that is not the archive
 */
export async function confirmedByItself(
    tools: UploadTools,
    archive: Pick<OpenArchive, "key" | "content">,
): Promise<StoredObject> {
    const object = await lookUp(tools, archive.key);
    if (!object) {
        throw new UploadError("unconfirmed", `S3 accepted ${archive.key} and then did not have it`);
    }
    if (!(await isSame(tools, archive, object))) {
        throw unconfirmed(archive, `${object.size} bytes with checksum ${object.checksum ?? "unknown"}`);
    }
    return object;
}

function lookUp({ store, retries, requests }: UploadTools, key: string): Promise<StoredObject | undefined> {
    return retries.run(key, requests, () => store.head(key, requests));
}

function isSame(
    tools: UploadTools,
    { key, content, entry }: Pick<OpenArchive, "key" | "content" | "entry">,
    object: StoredObject,
): Promise<boolean> {
    return verifiedContent(tools, key, object, content, entry);
}

/**
 * Whether an object says of itself that it is this archive, put by this program. One that has other bytes all the same was
 * spoiled by the store, and is the only kind of object that is ever replaced. Its version stays in the bucket.
 */
function saysItIs({ metadata }: StoredObject, { sha256 }: ArchiveContent): boolean {
    return metadata?.sha256 === sha256;
}

function conflict({ key, content }: OpenArchive, { size, checksum }: StoredObject): UploadError {
    const theirs = `${size} bytes with checksum ${checksum ?? "unknown"}`;
    const ours = `${content.size} bytes with checksum ${storedChecksum(content)}`;
    return new UploadError(
        "conflict",
        `${key} is taken by another object (${theirs}; this archive has ${ours}); ` +
            "nothing is overwritten: find out which one is right and rename the archive",
    );
}

function unconfirmed({ key, content }: Pick<OpenArchive, "key" | "content">, theirs: string): UploadError {
    const ours = `${content.size} bytes with checksum ${storedChecksum(content)}`;
    return new UploadError("unconfirmed", `S3 has ${key} with ${theirs}, but ${ours} were sent; the archive stays`);
}

async function put(tools: UploadTools, archive: OpenArchive, condition: Condition): Promise<PutOutcome> {
    const { content, file } = archive;
    try {
        // What is in memory is sent only while it is what the file has.
        if (archive.bytes && isOther(await file.stat({ bigint: true }), content.version)) {
            throw new ChangedWhileRead();
        }
        if (content.parts !== undefined) {
            return await uploadInParts(tools, archive, content.parts, condition);
        }
        const range = { start: 0, end: content.size };
        const send = tools.store.putArchive.bind(tools.store, archive);
        return await sendRange(
            tools,
            file,
            range,
            storedChecksum(content),
            (bytes, signal) => send(bytes, condition, signal),
            archive.bytes,
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
