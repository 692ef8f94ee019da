// Whether an object of the bucket has the content of an archive.

import type { ManifestEntry } from "../../formats/manifest.ts";
import { type ArchiveContent, storedChecksum } from "./archive-content.ts";
import type { ArchiveStore, ListedObject, StoredObject } from "./archive-store.ts";
import { UploadError } from "./failure.ts";
import type { UploadTools } from "./upload-tools.ts";

/**
 * Tells by what is said of both, without reading the object; undefined when that does not decide.
 *
 * What counts, in this order: the size; S3's own SHA-256, where it is one of the whole object or of parts of the size that
 * this process cuts; the manifest, which names an object only after S3's SHA-256 of it was compared; and, against it only,
 * what the object says of itself.
 */
function hasContent(
    object: StoredObject,
    content: ArchiveContent,
    entry: ManifestEntry | undefined,
): boolean | undefined {
    if (object.size !== content.size) {
        return false;
    }
    if (object.checksum !== undefined && object.checksum === storedChecksum(content)) {
        return true;
    }
    if (object.checksum !== undefined && !object.isInParts) {
        return object.checksum === Buffer.from(content.sha256, "hex").toString("base64");
    }
    if (entry && isObjectOf(entry, object)) {
        return entry.sha256 === content.sha256;
    }
    return object.metadata !== undefined && object.metadata.sha256 !== content.sha256 ? false : undefined;
}

/** Whether an entry of the manifest is about this very object: one that took its place since has another time. */
export function isObjectOf({ size, uploadedAt }: ManifestEntry, object: ListedObject): boolean {
    return size === object.size && Date.parse(uploadedAt) === object.storedAt.getTime();
}

/**
 * Tells whether an object has the content of an archive; reads it where nothing less decides.
 *
 * @throws UploadError `unconfirmed` when it is not at hand to be read
 */
export async function verifiedContent(
    { store, retries, requests }: Pick<UploadTools, "retries" | "requests"> & { readonly store: ArchiveStore },
    key: string,
    object: StoredObject,
    content: ArchiveContent,
    entry: ManifestEntry | undefined,
): Promise<boolean> {
    const told = hasContent(object, content, entry);
    if (told !== undefined) {
        return told;
    }
    // It was sent with its SHA-256 when this program has put it.
    if (object.checksum === undefined && object.metadata !== undefined) {
        store.abilities.toldNoChecksum();
    }
    const sha256 = await retries.run(key, requests, () => store.sha256(key, requests));
    if (sha256 === undefined) {
        throw new UploadError("unconfirmed", `S3 told of ${key} and then did not have it`);
    }
    return sha256 === content.sha256;
}
