// The name of an archive, as rotation gives it, and where S3 keeps what it names.

import { applicationLabel } from "../log-tree.ts";
import { whyUnnameable } from "../nameable.ts";

/** Category by the log tree's directory, the first part of an archive's name: those that every stack has. */
export const categories: ReadonlyMap<string, string> = new Map([
    ["app", "application"],
    ["auth", "authentication"],
    ["chat", "chat"],
    ["error", "error"],
    ["system", "system"],
    ["websocket", "websocket"],
]);

/** Category of archives from a directory that nobody names a category for, such as one of an application that is gone. */
export const unknownCategory = "unknown";

/**
 * What the lines of an archive are about; the `category` of the search indices.
 *
 * @param directory first part of the archive's name
 * @param applications categories of applications by their directories
 */
export function categoryOf(directory: string, applications?: ReadonlyMap<string, string>): string {
    return categories.get(directory) ?? applications?.get(directory) ?? unknownCategory;
}

/** What the name of an archive tells. */
export interface ArchiveName {
    /** Directory of the log tree in which the log is. */
    readonly directory: string;
    /** Log file without `.log`, such as `application`. */
    readonly logFile: string;
    /** When rotation made the archive, to the second, UTC. */
    readonly rotatedAt: Date;
    readonly compressed: boolean;
}

const pattern = /^(?<directory>[^_]+)_(?<logFile>.+)_(?<date>\d{8})_(?<time>\d{6})\.log(?<gzip>\.gz)?$/u;

/** Longest key that S3 takes, in bytes of UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const longestKeyBytes = 1024;

/**
 * Reads `<directory>_<file>_<YYYYMMDD>_<HHMMSS>.log[.gz]`.
 *
 * @returns what it tells, or in words why it is not the name of an archive
 */
export function parseArchiveName(name: string): ArchiveName | { readonly wrong: string } {
    const unnameable = whyUnnameable(name);
    if (unnameable !== undefined) {
        return { wrong: `its name ${unnameable}; rename it` };
    }
    const parts = pattern.exec(name)?.groups;
    if (parts === undefined) {
        return {
            wrong: "its name is not <directory>_<file>_<YYYYMMDD>_<HHMMSS>.log[.gz], so its date is not known; rename it",
        };
    }
    const { directory = "", logFile = "", date = "", time = "" } = parts;
    if (!applicationLabel.test(directory)) {
        return { wrong: `its name begins with "${directory}", which can't be a directory of the log tree; rename it` };
    }
    const rotatedAt = utcSecond(date, time);
    if (rotatedAt === undefined) {
        return { wrong: `"${date}_${time}" in its name is no date and time` };
    }
    return { directory, logFile, rotatedAt, compressed: parts.gzip !== undefined };
}

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

const manifestName = "metadata/upload_manifest.json";

function datePrefix(date: Date): string {
    return date.toISOString().slice(0, "YYYY-MM-DD".length).replaceAll("-", "/");
}

/** Undefined for what no calendar has, such as 30 February or 25 o'clock, which `Date` would carry over. */
function utcSecond(date: string, time: string): Date | undefined {
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
    const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`;
    const iso = `${day}T${clock}.000Z`;
    const parsed = new Date(iso);
    return !Number.isNaN(parsed.getTime()) && parsed.toISOString() === iso ? parsed : undefined;
}
