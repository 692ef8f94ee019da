// Where things lie in the archive bucket: `YYYY/MM/DD/archive/[<node>/]<name>` and, naming every archive of the day,
// `YYYY/MM/DD/metadata/upload_manifest.json`.

import { type ArchiveName, parseArchiveName } from "./archive-name.ts";
import { whyUnnameable } from "./nameable.ts";

const manifestName = "metadata/upload_manifest.json";

/** A day in patterns of IAM policies, in which `?` stands for one character and `*` for any number, slashes included. */
const anyDay = "????/??/??";

/** Keys of archives, for IAM policies; in a stack with several nodes a node's name stands before the archive's. */
export const archiveKeyPattern = `${anyDay}/archive/*`;

/** Keys of upload manifests, for IAM policies. */
export const manifestKeyPattern = `${anyDay}/${manifestName}`;

/** Longest key that S3 takes, in bytes of UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const longestKeyBytes = 1024;

/**
 * Key of an archive's object: `YYYY/MM/DD/archive/[<node>/]<name>`.
 *
 * @param node the sub-folder in which the archive lay, undefined for none
 * @returns the key, or in words why S3 cannot take it
 */
export function objectKey(
    rotatedAt: Date,
    node: string | undefined,
    name: string,
): { readonly key: string } | { readonly wrong: string } {
    const unnameable = whyUnnameable(node ?? "");
    if (unnameable !== undefined) {
        return { wrong: `its folder's name ${unnameable}; rename it` };
    }
    const key = [datePrefix(rotatedAt), "archive", ...(node === undefined ? [] : [node]), name].join("/");
    const bytes = Buffer.byteLength(key);
    return bytes > longestKeyBytes
        ? { wrong: `its key would have ${bytes} bytes, and S3 takes ${longestKeyBytes}` }
        : { key };
}

/** Key of the manifest that names every archive of the day. */
export function manifestKey(rotatedAt: Date): string {
    return `${datePrefix(rotatedAt)}/${manifestName}`;
}

/** What the key of an archive's object tells. */
export interface ArchiveKey extends ArchiveName {
    /** Sub-folder in which the archive lay, undefined for none. */
    readonly node: string | undefined;
    readonly name: string;
}

/** Reads the key of an object; undefined when {@link objectKey} makes no such key. */
export function parseObjectKey(key: string): ArchiveKey | undefined {
    const [, node, name] = /^\d{4}\/\d\d\/\d\d\/archive\/(?:([^/]+)\/)?([^/]+)$/su.exec(key) ?? [];
    const parsed = parseArchiveName(name ?? "");
    if (name === undefined || "wrong" in parsed) {
        return undefined;
    }
    const made = objectKey(parsed.rotatedAt, node, name);
    return "key" in made && made.key === key ? { ...parsed, node, name } : undefined;
}

/** Prefix of the archives that a manifest names; undefined when the key is no manifest's. */
export function archivesOfManifest(key: string): string | undefined {
    return /^\d{4}\/\d\d\/\d\d\/metadata\/upload_manifest\.json$/.test(key)
        ? `${key.slice(0, -manifestName.length)}archive/`
        : undefined;
}

/** Prefix of everything that the bucket has of the day of a manifest. */
export function dayOfManifest(key: string): string {
    return key.slice(0, -manifestName.length);
}

function datePrefix(date: Date): string {
    return date.toISOString().slice(0, "YYYY-MM-DD".length).replaceAll("-", "/");
}
