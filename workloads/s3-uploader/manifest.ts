// The manifest of a day: which archives are in the bucket, and what they are.

import type { Category } from "./archive-name.ts";

/** One object of the day. */
export interface ManifestEntry {
    readonly key: string;
    /** Bytes. */
    readonly size: number;
    /** Hexadecimal. */
    readonly sha256: string;
    readonly category: Category;
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

/**
 * Reads a manifest.
 *
 * @throws an error that says why the text is none; such a manifest must not be written over
 */
export function parseManifest(text: string): Manifest {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new Error(`it is no JSON (${(error as Error).message})`);
    }
    const { version, entries } = (value ?? {}) as Record<string, unknown>;
    if (version !== 1) {
        throw new Error(`its version is ${JSON.stringify(version)}, and this program knows version 1`);
    }
    if (!Array.isArray(entries) || !entries.every((entry) => typeof entry?.key === "string")) {
        throw new Error("its entries are not a list of objects with a key");
    }
    return { version, entries };
}

/**
 * The manifest with `added` in it. An entry that already tells of the same content stays as it is, so that repeating an
 * upload changes nothing.
 *
 * @returns `manifest` itself when nothing had to be added
 */
export function mergeManifest(manifest: Manifest, added: readonly ManifestEntry[]): Manifest {
    const byKey = new Map(manifest.entries.map((entry) => [entry.key, entry]));
    const news = added.filter((entry) => {
        const known = byKey.get(entry.key);
        return known?.size !== entry.size || known.sha256 !== entry.sha256;
    });
    if (news.length === 0) {
        return manifest;
    }
    for (const entry of news) {
        byKey.set(entry.key, entry);
    }
    return { version: 1, entries: [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

/** The text under which a manifest is kept. */
export function renderManifest(manifest: Manifest): string {
    return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
