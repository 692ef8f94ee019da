// Files of the lab's state that another command may read at any time, or after a crash.

import { rename, writeFile } from "node:fs/promises";

/** Writes a file, readable by its owner only, so that it is there with all of its text or as it was before. */
export async function writeWhole(file: string, text: string): Promise<void> {
    const unfinished = `${file}.${process.pid}.unfinished`;
    await writeFile(unfinished, text, { mode: 0o600 });
    await rename(unfinished, file);
}
