// Names uploaded archives in the manifest of their day, whoever else writes it at the same time.

import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type ManifestEntry, NoManifest } from "../../formats/manifest.ts";
import type { Condition, PutOutcome } from "./archive-store.ts";
import { UploadError } from "./failure.ts";
import { log } from "./log.ts";
import { ManifestText } from "./manifest-text.ts";
import { rebuildManifest } from "./rebuild-manifest.ts";
import type { UploadTools } from "./upload-tools.ts";

/** Writes that may be overtaken by others before a pass gives up; the next one tries again. */
const attempts = 8;

/** What recording works with. */
export type ManifestTools = Pick<UploadTools, "store" | "retries" | "requests">;

/** A manifest that names what it has to. */
export interface RecordedManifest {
    readonly etag: string;
    /** Whether it was damaged or gone, and was rebuilt. */
    readonly isRebuilt: boolean;
}

/**
 * Adds entries to a manifest by compare-and-swap, and returns only after a manifest that names all of them was read
 * back from S3. A manifest that is damaged, or gone although the day has other archives, is rebuilt from the objects of
 * its day; the bucket keeps its version.
 *
 * @param hasOthers whether the bucket has archives of the day that are not among the entries
 * @throws UploadError `manifest` when a later version of this program wrote what is there, or others keep writing
 */
export async function recordInManifest(
    tools: ManifestTools,
    key: string,
    entries: readonly ManifestEntry[],
    hasOthers: boolean,
): Promise<RecordedManifest> {
    const { store, retries, requests } = tools;
    const named = new Set(entries.map((entry) => entry.key));
    let isRebuilt = false;
    for (let attempt = 0; attempt <= attempts; attempt++) {
        const current = await retries.run(key, requests, () => store.readBytes(key, requests));
        const read = current ? readable(current.bytes, key) : undefined;
        const isWrong = read instanceof NoManifest;
        const isGone = read === undefined && hasOthers;
        const manifest = isWrong || isGone ? await rebuildManifest(tools, key, named) : (read ?? ManifestText.empty);
        const merged = manifest.with(entries);
        if (current && merged === manifest && !isWrong) {
            return { etag: current.etag, isRebuilt };
        }
        if (isGone && !isRebuilt && manifest.size > 0) {
            log("error", `${key} is gone; it is rebuilt from the objects of its day`, { key });
        }
        isRebuilt ||= isWrong || (isGone && manifest.size > 0);
        const { size, checksum } = merged.measure();
        // S3 refuses a large body before it has all of it, which may be seen as a broken connection only. What lies there
        // is looked at again then.
        const put = (condition: Condition) =>
            retries.run(
                key,
                requests,
                async (attempt): Promise<PutOutcome> =>
                    attempt > 1 && size > smallBytes
                        ? "precondition-failed"
                        : store.putText(key, { body: bodyOf(merged, size), size, checksum }, condition, requests),
            );
        const outcome = await put(current ? { etag: current.etag } : "free");
        if (outcome === "precondition-failed") {
            await sleep(Math.random() * 2 ** attempt * 20, undefined, { signal: requests });
            continue;
        }
        const sha256 = await retries.run(key, requests, () => store.sha256(key, requests));
        if (sha256 !== undefined && Buffer.from(sha256, "hex").toString("base64") === checksum) {
            // Once a process: a store that ignores conditions would carry this out.
            const isToBeTried = !store.abilities.holdsConditions && size <= smallBytes;
            if (isToBeTried && (await put("free")) !== "precondition-failed") {
                throw store.abilities.ignoredCondition(key);
            }
            return { etag: outcome.etag, isRebuilt };
        }
    }
    throw new UploadError(
        "manifest",
        `the manifest did not come to name ${entries.length} archive(s) in ${attempts} attempts; ` +
            "does something else keep writing it, or does S3 not keep what it takes?",
    );
}

/** What a manifest says of some keys; nothing when there is none or it is damaged. */
export async function readEntries(
    { store, retries, requests }: ManifestTools,
    key: string,
    wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, ManifestEntry>> {
    const current = await retries.run(key, requests, () => store.readBytes(key, requests));
    const entries = new Map<string, ManifestEntry>();
    try {
        ManifestText.read(current?.bytes ?? Buffer.from('{"version":1,"entries":[]}'), (entry) => {
            if (wanted.has(entry.key)) {
                entries.set(entry.key, entry);
            }
        });
        return entries;
    } catch (error) {
        if (error instanceof NoManifest) {
            return new Map();
        }
        throw error;
    }
}

/** Bytes up to which a manifest is sent from memory. */
const smallBytes = 1024 ** 2;

function bodyOf(manifest: ManifestText, size: number): Buffer | Readable {
    return size <= smallBytes
        ? Buffer.concat([...manifest.chunks()])
        : Readable.from(manifest.chunks(), { objectMode: false });
}

function readable(bytes: Buffer, key: string): ManifestText | NoManifest {
    try {
        return ManifestText.read(bytes);
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
        log("error", `${key} is damaged: ${error.message}; it is rebuilt from the objects of its day`, { key });
        return error;
    }
}
