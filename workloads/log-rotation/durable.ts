// What must survive a crash of the machine.

import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Replaces a small file as a whole: a reader finds the old content or the new. When this returns, it is on disk. */
export function writeDurably(path: string, content: string): void {
    const temporary = `${path}.new`;
    const descriptor = openSync(temporary, "w", 0o600);
    try {
        writeFileSync(descriptor, content);
        fsyncSync(descriptor);
    } finally {
        closeSync(descriptor);
    }
    renameSync(temporary, path);
    syncDirectory(dirname(path));
}

/** Makes names that were added to or taken from the directory last (fsync(2), second paragraph of its description). */
export function syncDirectory(path: string): void {
    const descriptor = openSync(path, "r");
    try {
        fsyncSync(descriptor);
    } finally {
        closeSync(descriptor);
    }
}
