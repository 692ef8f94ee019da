// Names uploaded archives in the manifest of their day, whoever else writes it at the same time.

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { UploadError } from "./failure.ts";
import { log } from "./log.ts";
import {
    type Manifest,
    type ManifestEntry,
    mergeManifest,
    NoManifest,
    parseManifest,
    renderManifest,
} from "./manifest.ts";
import { rebuildManifest } from "./rebuild-manifest.ts";
import type { UploadTools } from "./upload-tools.ts";

/** Writes that may be overtaken by others before a pass gives up; the next one tries again. */
const attempts = 8;

/** What recording works with. */
export type ManifestTools = Pick<UploadTools, "store" | "retries" | "requests">;

/**
 * Adds entries to a manifest by compare-and-swap, and returns only after a manifest that names all of them was read
 * back from S3. A manifest that is damaged is made anew from the objects of its day; the bucket keeps its version.
 *
 * @returns whether the manifest was made anew
 * @throws UploadError `manifest` when a later version of this program wrote what is there, or others keep writing
 */
export async function recordInManifest(
    tools: ManifestTools,
    key: string,
    entries: readonly ManifestEntry[],
): Promise<boolean> {
    const { store, retries, requests } = tools;
    let rebuilt = false;
    for (let attempt = 0; attempt <= attempts; attempt++) {
        const current = await retries.run(key, requests, () => store.readText(key, requests));
        let manifest: Manifest = { version: 1, entries: [] };
        let isDamaged = false;
        if (current) {
            const read = readable(current.text, key);
            isDamaged = read instanceof NoManifest;
            manifest = read instanceof NoManifest ? await rebuildManifest(tools, key) : read;
        }
        const merged = mergeManifest(manifest, entries);
        if (merged === manifest && !isDamaged) {
            return rebuilt;
        }
        rebuilt ||= isDamaged;
        const body = Buffer.from(renderManifest(merged));
        const bytes = { body, size: body.length, checksum: createHash("sha256").update(body).digest("base64") };
        const outcome = await retries.run(key, requests, () =>
            store.putText(key, bytes, current ? { etag: current.etag } : "free", requests),
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

function readable(text: string, key: string): Manifest | NoManifest {
    try {
        return parseManifest(text);
    } catch (error) {
        if (!(error instanceof NoManifest)) {
            throw error;
        }
        if (error.isNewer) {
            throw new UploadError(
                "manifest",
                `${key} cannot be added to: ${error.message}; run the version of the uploader that wrote it`,
                { cause: error },
            );
        }
        log("error", `${key} is damaged: ${error.message}; it is made anew from the objects of its day`, { key });
        return error;
    }
}
