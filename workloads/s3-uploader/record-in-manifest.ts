// Names uploaded archives in the manifest of their day, whoever else writes it at the same time.

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ArchiveStore } from "./archive-store.ts";
import { UploadError } from "./failure.ts";
import { type Manifest, type ManifestEntry, mergeManifest, parseManifest, renderManifest } from "./manifest.ts";

/** Writes that may be overtaken by others before a pass gives up; the next one tries again. */
const attempts = 8;

/**
 * Adds entries to a manifest by compare-and-swap, and returns only after a manifest that names all of them was read
 * back from S3.
 *
 * @throws UploadError `manifest` when what is there is no manifest, or others keep writing
 */
export async function recordInManifest(
    store: ArchiveStore,
    key: string,
    entries: readonly ManifestEntry[],
    requests: AbortSignal,
): Promise<void> {
    for (let attempt = 0; attempt <= attempts; attempt++) {
        const current = await store.readText(key, requests);
        const manifest = current ? readable(current.text, key) : ({ version: 1, entries: [] } as const);
        const merged = mergeManifest(manifest, entries);
        if (merged === manifest) {
            return;
        }
        const text = Buffer.from(renderManifest(merged));
        const sha256 = createHash("sha256").update(text).digest("hex");
        const outcome = await store.replaceText(
            { key, size: text.length, sha256, body: text, contentType: "application/json" },
            current?.etag,
            requests,
        );
        if (outcome === "precondition-failed") {
            await sleep(Math.random() * 2 ** attempt * 20, undefined, { signal: requests });
        }
    }
    throw new UploadError(
        "manifest",
        `the manifest did not come to name ${entries.length} archive(s) in ${attempts} attempts; ` +
            "does something else keep writing it, or does S3 not keep what it takes?",
    );
}

function readable(text: string, key: string): Manifest {
    try {
        return parseManifest(text);
    } catch (error) {
        throw new UploadError(
            "manifest",
            `${key} is no manifest: ${(error as Error).message}; ` +
                "it is not written over: look at its earlier versions and put the last good one back",
            { cause: error },
        );
    }
}
