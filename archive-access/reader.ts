// The archive in S3 as people read it: what restore and verify-archive ask of the bucket.

import type { Readable } from "node:stream";
import {
    GetObjectCommand,
    HeadObjectCommand,
    type HeadObjectCommandOutput,
    paginateListObjectsV2,
    RestoreObjectCommand,
    S3Client,
    type Tier,
} from "@aws-sdk/client-s3";
import { type ManifestEntry, NoManifest, parseManifest } from "../formats/manifest.ts";
import { archivesOfManifest } from "../formats/object-key.ts";
import { readMetadata } from "../formats/object-metadata.ts";

/** Where an archive is. */
export interface ArchivePlace {
    readonly bucketName: string;
    readonly region: string;
    /** URL of an S3-compatible store; undefined: what the environment says, or AWS. */
    readonly endpoint?: string;
}

/** An object as a list shows it. */
export interface ListedObject {
    readonly key: string;
    readonly size: number;
}

/** What S3 says of one object. */
export interface ArchivedObject {
    readonly size: number;
    /** SHA-256 of the whole archive, hexadecimal: S3's own or, of an object in parts, the uploader's. */
    readonly sha256: string | undefined;
    readonly storageClass: string;
    /** Whether it can be read: one in GLACIER or DEEP_ARCHIVE only while a restored copy exists. */
    readonly state: "readable" | "frozen" | "thawing";
}

/** A manifest, or why it is none. */
export type ReadManifest =
    | { readonly key: string; readonly entries: readonly ManifestEntry[] }
    | { readonly key: string; readonly wrong: string };

const parallelism = 16;

/** Reads the bucket. */
export class ArchiveReader {
    readonly #client: S3Client;
    readonly #bucket: string;

    constructor({ bucketName, region, endpoint }: ArchivePlace) {
        this.#bucket = bucketName;
        const isOther = endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
        this.#client = new S3Client({
            region,
            ...(endpoint === undefined ? {} : { endpoint }),
            forcePathStyle: Boolean(isOther),
            maxAttempts: 6,
            requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
        });
    }

    /** All objects whose key begins with the prefix. */
    async list(prefix = ""): Promise<readonly ListedObject[]> {
        const objects: ListedObject[] = [];
        const input = { Bucket: this.#bucket, Prefix: prefix };
        for await (const page of paginateListObjectsV2({ client: this.#client }, input)) {
            objects.push(...(page.Contents ?? []).map(({ Key = "", Size = -1 }) => ({ key: Key, size: Size })));
        }
        return objects;
    }

    /** Every manifest of the days from `from` to `to`, both included, as YYYY-MM-DD; undefined: without end. */
    async manifests(from?: string, to?: string): Promise<readonly ReadManifest[]> {
        const isWanted = (key: string): boolean => {
            const day = key.slice(0, "YYYY/MM/DD".length).replaceAll("/", "-");
            return (
                archivesOfManifest(key) !== undefined &&
                (from === undefined || day >= from) &&
                (to === undefined || day <= to)
            );
        };
        const objects = await this.list(commonPrefix(from, to));
        const keys = objects.map(({ key }) => key).filter(isWanted);
        return inParallel(keys, async (key) => {
            const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
            const text = (await answer.Body?.transformToString("utf8")) ?? "";
            try {
                return { key, entries: parseManifest(text).entries };
            } catch (error) {
                if (error instanceof NoManifest) {
                    return { key, wrong: error.message };
                }
                throw error;
            }
        });
    }

    /** What S3 says of an object; undefined when it is not there. */
    async head(key: string): Promise<ArchivedObject | undefined> {
        let answer: HeadObjectCommandOutput;
        try {
            answer = await this.#client.send(
                new HeadObjectCommand({ Bucket: this.#bucket, Key: key, ChecksumMode: "ENABLED" }),
            );
        } catch (error) {
            if ((error as Error).name === "NotFound") {
                return undefined;
            }
            throw error;
        }
        const { StorageClass: storageClass = "STANDARD", Restore = "", ArchiveStatus } = answer;
        const isCold = storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE" || ArchiveStatus !== undefined;
        const declared = readMetadata(answer.Metadata)?.sha256;
        const kept = answer.ChecksumSHA256 ?? "";
        // S3 marks the checksum of an object that came in parts with their number: it is not that of the bytes.
        const isOfBytes = /^[\w+/]{43}=$/.test(kept) && answer.ChecksumType !== "COMPOSITE" && !isInParts(answer);
        return {
            size: answer.ContentLength ?? -1,
            sha256: isOfBytes ? Buffer.from(kept, "base64").toString("hex") : declared,
            storageClass,
            state:
                !isCold || Restore.includes('ongoing-request="false"')
                    ? "readable"
                    : Restore.includes('ongoing-request="true"')
                      ? "thawing"
                      : "frozen",
        };
    }

    /** The bytes of an object. */
    async read(key: string): Promise<Readable> {
        const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
        return answer.Body as Readable;
    }

    /** Asks for a readable copy of a frozen object. A copy that is on its way already is as good. */
    async thaw(key: string, days: number, tier: Tier): Promise<void> {
        try {
            await this.#client.send(
                new RestoreObjectCommand({
                    Bucket: this.#bucket,
                    Key: key,
                    RestoreRequest: { Days: days, GlacierJobParameters: { Tier: tier } },
                }),
            );
        } catch (error) {
            if ((error as Error).name !== "RestoreAlreadyInProgress") {
                throw error;
            }
        }
    }

    /** Closes the connections. */
    close(): void {
        this.#client.destroy();
    }
}

/** The tag of an object that came in parts ends with their number. */
function isInParts({ ETag = "" }: HeadObjectCommandOutput): boolean {
    return /-\d+"?$/.test(ETag);
}

/** What the keys of all days between two begin with. */
function commonPrefix(from: string | undefined, to: string | undefined): string {
    if (from === undefined || to === undefined) {
        return "";
    }
    const parts = from.split("-");
    const others = to.split("-");
    const same = parts.findIndex((part, index) => part !== others[index]);
    return parts
        .slice(0, same === -1 ? parts.length : same)
        .map((part) => `${part}/`)
        .join("");
}

/** The results of `work` for every item, in their order. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
    const results: R[] = [];
    const queue = items.entries();
    const worker = async (): Promise<void> => {
        for (const [index, item] of queue) {
            results[index] = await work(item);
        }
    };
    await Promise.all(Array.from({ length: parallelism }, worker));
    return results;
}
