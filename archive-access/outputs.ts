// Where restored lines go.

import { createReadStream } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ManifestEntry } from "../formats/manifest.ts";
import { parseObjectKey } from "../formats/object-key.ts";

/** Takes the verified lines of one archive after the other. */
export interface RestoreOutput {
    /** Where the unpacked file is written before it is known to be right; undefined: anywhere. */
    readonly scratchFolder?: string;
    /** @param path the file with the lines; it may be moved away */
    take(entry: ManifestEntry, path: string): Promise<void>;
}

/** Writes all lines to a stream, such as standard output. */
export function toStream(stream: Writable): RestoreOutput {
    return { take: (_, path) => pipeline(createReadStream(path), stream, { end: false }) };
}

/** Writes each archive as `<category>/<node>/<file>_<date>_<time>.log`; a file appears when it is whole. */
export function toFolder(folder: string): RestoreOutput {
    return {
        scratchFolder: folder,
        async take(entry, path) {
            const name = parseObjectKey(entry.key)?.name.replace(/\.gz$/, "") ?? encodeURIComponent(entry.key);
            const target = join(folder, entry.category, encodeURIComponent(entry.sourceNode), name);
            await mkdir(dirname(target), { recursive: true });
            await rename(path, target);
        },
    };
}
