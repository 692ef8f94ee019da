// Rebuilds the manifest of a day from the objects of the day, each of which says what it is.

import { entryOf, type ManifestEntry } from "../../formats/manifest.ts";
import { archivesOfManifest } from "../../formats/object-key.ts";
import { atMost } from "../at-most.ts";
import { UploadError } from "./failure.ts";
import { log } from "./log.ts";
import { ManifestText } from "./manifest-text.ts";
import type { UploadTools } from "./upload-tools.ts";

const parallelRequests = 8;

/**
 * The manifest as it has to be, but for some objects of which more is known. Objects that this program did not store are left out, and said to be.
 *
 * @throws UploadError `manifest` when the key is no manifest's
 */
export async function rebuildManifest(
    { store, retries, requests }: Pick<UploadTools, "store" | "retries" | "requests">,
    manifestKey: string,
    except: ReadonlySet<string>,
): Promise<ManifestText> {
    const prefix = archivesOfManifest(manifestKey);
    if (prefix === undefined) {
        throw new UploadError("manifest", `${manifestKey} is no key of a manifest`);
    }
    const keys = await retries.run(manifestKey, requests, async () => {
        const listed: string[] = [];
        await store.list(prefix, requests, (key) => {
            if (!except.has(key)) {
                listed.push(key);
            }
        });
        return listed;
    });
    const entries: ManifestEntry[] = [];
    await atMost(parallelRequests, keys, async (key) => {
        const object = await retries.run(key, requests, () => store.head(key, requests));
        const entry = object && entryOf(key, object);
        if (entry) {
            entries.push(entry);
        } else if (object) {
            log("warning", "left out of the manifest: the uploader did not store it", { key });
        }
    });
    return ManifestText.empty.with(entries);
}
