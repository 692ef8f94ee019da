// Uploads a large archive in parts. A pass that was killed left an unfinished upload with some parts; the next one finds
// it, checks what is there against the file, and sends what is missing. Uploads that nobody takes up again are aborted by
// the bucket's lifecycle: the uploader has no right to delete anything.

import { messageOf } from "../error-message.ts";
import type { Condition, PutOutcome, StoredPart } from "./archive-store.ts";
import type { ArchiveParts } from "./content-digests.ts";
import { UploadError } from "./failure.ts";
import { log } from "./log.ts";
import { NotImplemented } from "./s3-error.ts";
import { sendRange } from "./send-range.ts";
import type { OpenArchive, UploadTools } from "./upload-tools.ts";

interface Part {
    readonly number: number;
    readonly start: number;
    readonly end: number;
    /** SHA-256, base64. */
    readonly checksum: string;
}

/**
 * Stores an archive under its key in parts.
 *
 * @throws UploadGone when somebody else has completed or aborted the upload
 */
export async function uploadInParts(
    tools: UploadTools,
    archive: OpenArchive,
    { bytes, digests }: ArchiveParts,
    condition: Condition,
): Promise<PutOutcome> {
    const { store, requests } = tools;
    const parts = digests.map((digest, index) => ({
        number: index + 1,
        start: index * bytes,
        end: Math.min((index + 1) * bytes, archive.content.size),
        checksum: digest.toString("base64"),
    }));
    const earlier = await resumable(tools, archive.key, parts);
    const uploadId = earlier?.uploadId ?? (await store.beginParts(archive, requests));
    const stored = new Map((earlier?.parts ?? []).map((part) => [part.number, part]));
    const missing = parts.filter(({ number }) => !stored.has(number));
    if (earlier) {
        const fields = { key: archive.key, parts: parts.length, missing: missing.length };
        log("info", "an unfinished upload is taken up again", fields);
    }
    for (const part of await sendAll(tools, archive, uploadId, missing)) {
        stored.set(part.number, part);
    }
    const inOrder = [...stored.values()].sort((a, b) => a.number - b.number);
    return store.completeParts(archive.key, uploadId, inOrder, condition, requests);
}

/** An unfinished upload of which S3 has some parts, all of them as they are in the file. */
async function resumable(
    { store, requests }: UploadTools,
    key: string,
    parts: readonly Part[],
): Promise<{ readonly uploadId: string; readonly parts: readonly StoredPart[] } | undefined> {
    const isOurs = ({ number, size, checksum }: StoredPart): boolean => {
        const part = parts[number - 1];
        return part !== undefined && size === part.end - part.start && checksum === part.checksum;
    };
    let uploads: readonly string[];
    try {
        uploads = await store.unfinishedUploads(key, requests);
    } catch (error) {
        const isRefused = error instanceof UploadError && !error.endsPass && error.reason === "access";
        if (isRefused || error instanceof NotImplemented) {
            log("warning", `cannot look for an unfinished upload, so a new one is begun: ${messageOf(error)}`, { key });
            return undefined;
        }
        throw error;
    }
    for (const uploadId of uploads) {
        const stored = await store.storedParts(key, uploadId, requests);
        if (stored.length > 0 && stored.every(isOurs)) {
            return { uploadId, parts: stored };
        }
    }
    return undefined;
}

/** Sends parts, each again for itself when it fails; the first that fails for good ends the others. */
async function sendAll(
    tools: UploadTools,
    { key, file }: OpenArchive,
    uploadId: string,
    parts: readonly Part[],
): Promise<readonly StoredPart[]> {
    const end = new AbortController();
    const requests = AbortSignal.any([tools.requests, end.signal]);
    let failure: unknown;
    const sent = await Promise.all(
        parts.map(async (part) => {
            try {
                return await tools.retries.run(`${key} part ${part.number}`, requests, () =>
                    sendRange({ ...tools, requests }, file, part, part.checksum, (bytes, signal) =>
                        tools.store.putPart(key, uploadId, part.number, bytes, signal),
                    ),
                );
            } catch (error) {
                failure ??= error;
                end.abort();
                return undefined;
            }
        }),
    );
    if (failure !== undefined) {
        throw failure;
    }
    return sent.filter((part) => part !== undefined);
}
