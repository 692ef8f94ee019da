// What one process remembers of the archives on the volume from pass to pass, so that what is known need not be asked for
// again. Nothing depends on it: a process that starts again finds all of it out.

import type { ManifestEntry } from "../../formats/manifest.ts";
import type { ArchiveContent } from "./archive-content.ts";
import type { FailureReason } from "./failure.ts";

/** An archive that an earlier pass has looked at. */
export interface KnownArchive {
    /** State of the file for which this holds. */
    readonly version: string;
    /** Undefined when it was not read, because the manifest tells enough of an archive that stays. */
    readonly content?: ArchiveContent;
    /** What S3 has of it, confirmed and named by the manifest. */
    readonly confirmed?: { readonly etag: string; readonly entry: ManifestEntry };
}

/** A file that was found on the volume. */
export interface FoundArchive {
    readonly path: string;
    /** Undefined when its name does not tell. */
    readonly rotatedAt: Date | undefined;
}

/** The memory of one process. */
export class ArchiveMemory {
    /** By path. */
    readonly known = new Map<string, KnownArchive>();
    /** Tags of the manifests that name every known and confirmed archive of their day, by key. */
    readonly manifests = new Map<string, string>();
    /** Archives that failed when they were tried last, by path: they are tried last, so that they hold up no other. */
    readonly failing = new Map<string, FailureReason>();
    readonly #waiting = new Map<string, Date | undefined>();

    /** Takes what a pass has found in place of what earlier ones have. */
    found(archives: readonly FoundArchive[]): void {
        const present = new Set(archives.map(({ path }) => path));
        for (const map of [this.known, this.failing]) {
            for (const path of [...map.keys()].filter((one) => !present.has(one))) {
                map.delete(path);
            }
        }
        this.#waiting.clear();
        for (const { path, rotatedAt } of archives) {
            if (!this.known.get(path)?.confirmed) {
                this.#waiting.set(path, rotatedAt);
            }
        }
    }

    /** It failed for this reason; undefined: for none of its own. */
    fail(path: string, reason: FailureReason | undefined): void {
        if (reason !== undefined) {
            this.failing.set(path, reason);
        }
    }

    /** S3 has it and the manifest names it. */
    confirm(path: string, archive: KnownArchive): void {
        this.known.set(path, archive);
        this.settle(path);
    }

    /** It waits no longer. */
    settle(path: string): void {
        this.#waiting.delete(path);
        this.failing.delete(path);
    }

    /** Archives that S3 has not confirmed, as far as passes have found them. */
    get waiting(): number {
        return this.#waiting.size;
    }

    /** Seconds since the rotation of the oldest archive that waits; 0 when none does. */
    oldestSeconds(now = Date.now()): number {
        const times = [...this.#waiting.values()].filter((time) => time !== undefined);
        return times.reduce((oldest, time) => Math.max(oldest, (now - time.getTime()) / 1000), 0);
    }
}
