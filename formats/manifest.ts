// The manifest of a day: which archives are in the bucket, and what they are.

import { categoryOf } from "./log-categories.ts";
import { parseObjectKey } from "./object-key.ts";
import type { ArchiveMetadata } from "./object-metadata.ts";

/** One object of the day. */
export interface ManifestEntry {
    readonly key: string;
    /** Bytes. */
    readonly size: number;
    /** Hexadecimal. */
    readonly sha256: string;
    /** What the lines are about; `unknown` when the uploader was told of no category for their directory. */
    readonly category: string;
    /** Node on which the lines were written. */
    readonly sourceNode: string;
    /** ISO 8601, UTC. */
    readonly rotatedAt: string;
    /** When S3 stored the object, by its own clock; ISO 8601, UTC. */
    readonly uploadedAt: string;
    /** Class in which it was uploaded; the bucket's lifecycle may have moved it since. */
    readonly storageClass: string;
    /** Lines of the log in it. */
    readonly lines: number;
}

/** A whole manifest, entries sorted by key. */
export interface Manifest {
    readonly version: 1;
    readonly entries: readonly ManifestEntry[];
}

/** Thrown for a text that is no manifest. */
export class NoManifest extends Error {
    /** It was written by a later version of this program: there is nothing wrong with it. */
    readonly isNewer: boolean;

    constructor(message: string, isNewer = false) {
        super(message);
        this.isNewer = isNewer;
    }
}

/**
 * Reads a manifest.
 *
 * @throws NoManifest
 */
export function parseManifest(text: string): Manifest {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new NoManifest(`it is no JSON (${(error as Error).message})`);
    }
    requireManifest(value, isEntry);
    return value;
}

/**
 * Requires that a value is a manifest.
 *
 * @param isKnownEntry what its entries have to be
 * @throws NoManifest
 */
export function requireManifest(value: unknown, isKnownEntry: (entry: unknown) => boolean): asserts value is Manifest {
    const { version, entries } = (value ?? {}) as Record<string, unknown>;
    if (version !== 1) {
        const isNewer = typeof version === "number" && version > 1;
        const found = typeof version === "object" ? "no number" : JSON.stringify(version);
        throw new NoManifest(`its version is ${found}, and this program knows version 1`, isNewer);
    }
    if (!Array.isArray(entries) || !entries.every(isKnownEntry)) {
        throw new NoManifest("its entries are not a list of objects with key, size and sha256");
    }
}

/** Whether a value tells of an object what every entry must. */
export function isEntry(value: unknown): value is ManifestEntry {
    const { key, size, sha256, uploadedAt } = (value ?? {}) as Record<string, unknown>;
    return (
        typeof key === "string" &&
        Number.isSafeInteger(size) &&
        typeof sha256 === "string" &&
        (uploadedAt === undefined || typeof uploadedAt === "string")
    );
}

/** What a store tells of an object that is in the bucket. */
export interface DescribedObject {
    readonly size: number;
    readonly storedAt: Date;
    readonly storageClass: string;
    /** What its uploader noted of it; undefined when it was not this program. */
    readonly metadata: ArchiveMetadata | undefined;
}

/** The entry of an object, by what it says of itself; undefined when it is no archive that this program stored. */
export function entryOf(
    key: string,
    { metadata, size, storedAt, storageClass }: DescribedObject,
): ManifestEntry | undefined {
    const name = parseObjectKey(key);
    if (name === undefined || metadata === undefined) {
        return undefined;
    }
    return {
        key,
        size,
        sha256: metadata.sha256,
        category: metadata.category ?? categoryOf(name.directory),
        sourceNode: metadata.sourceNode,
        rotatedAt: name.rotatedAt.toISOString(),
        uploadedAt: storedAt.toISOString(),
        storageClass,
        lines: metadata.lines,
    };
}
