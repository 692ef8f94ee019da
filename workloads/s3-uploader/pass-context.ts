// What every pass of one process works with, and how it is told to stop.

import type { ArchiveMemory } from "./archive-memory.ts";
import type { ArchiveStore } from "./archive-store.ts";
import type { UploaderConfig } from "./config.ts";

/** What passes of one process share. */
export interface PassContext {
    readonly config: UploaderConfig;
    readonly logRoot: string;
    readonly store: ArchiveStore;
    /** Node that archives outside of a node's folder are from. */
    readonly nodeName: string;
    /** Larger archives are uploaded in parts of as many bytes. */
    readonly partBytes: number;
    /** For how long S3 may do nothing in the middle of a pass before the pass gives up. */
    readonly outagePatienceSeconds: number;
    /** What is known of archives on the volume. Passes keep it up to date. */
    readonly memory: ArchiveMemory;
}

/** How a pass is told to stop. */
export interface PassSignals {
    /** No further archive is begun; what is under way is finished. */
    readonly stop: AbortSignal;
    /** What is under way is dropped; the next pass does it again. */
    readonly abort: AbortSignal;
}
