// Makes a file of the cache once, however often and however suddenly the making is interrupted.

import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Returns `file`, made first by `build` if it is not there. `build` gets an empty scratch folder and the path, in that
 * folder, at which the file is expected; the file takes its place only when `build` has returned. Scratch folders of
 * processes that are gone are removed.
 */
export async function buildOnce(
    file: string,
    build: (scratchFolder: string, unfinishedFile: string) => Promise<void>,
): Promise<string> {
    if (existsSync(file)) {
        return file;
    }
    await removeAbandoned(file);
    const scratchFolder = `${file}.${process.pid}.unfinished`;
    const unfinishedFile = join(scratchFolder, basename(file));
    await mkdir(scratchFolder, { recursive: true });
    try {
        await build(scratchFolder, unfinishedFile);
        await rename(unfinishedFile, file);
    } finally {
        await rm(scratchFolder, { recursive: true, force: true });
    }
    return file;
}

async function removeAbandoned(file: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    for (const name of await readdir(dirname(file))) {
        const [, processId] = /\.(\d+)\.unfinished$/.exec(name) ?? [];
        if (processId !== undefined && name.startsWith(`${basename(file)}.`) && !existsSync(`/proc/${processId}`)) {
            await rm(join(dirname(file), name), { recursive: true, force: true });
        }
    }
}
