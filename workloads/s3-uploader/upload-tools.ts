// What is handed down through the upload of an archive.

import type { FileHandle } from "node:fs/promises";
import type { ManifestEntry } from "../../formats/manifest.ts";
import type { Slots } from "../at-most.ts";
import type { ArchiveContent } from "./archive-content.ts";
import type { ArchiveStore, NewArchive } from "./archive-store.ts";
import type { Retries } from "./retries.ts";

/** What an upload works with. */
export interface UploadTools {
    readonly store: ArchiveStore;
    readonly retries: Retries;
    /** One for each body that is being sent. */
    readonly bodies: Slots;
    /** Ends the requests when it is aborted. */
    readonly requests: AbortSignal;
}

/** An open archive and what is to become of it. */
export interface OpenArchive extends NewArchive {
    readonly file: FileHandle;
    readonly content: ArchiveContent;
    /** All bytes of a small one. */
    readonly bytes?: Buffer;
    /** Whether the bucket had an object of this key when its day was looked up. */
    readonly isListed: boolean;
    /** What the manifest of the day says of the key; undefined when it does not name it. */
    readonly entry?: ManifestEntry;
}
