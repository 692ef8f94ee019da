// Keeps what a workload was bundled into, so that a preview bundles only what somebody has edited.

import { createHash, randomUUID } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const project = join(import.meta.dirname, "..");

/** Where build products of the project's packages are kept by custom; `npm ci` empties it. */
const folder = join(project, "node_modules/.cache/chattingo-logging/bundles");

/** Folders from whose files bundles are made, beside npm packages. */
export const sourceFolders: readonly string[] = ["archive-access", "settings", "workloads"];

/**
 * Returns the bundle of the workload `name`, made by `bundle` unless it is kept. It is made again when any source file
 * of a workload, the bundling itself or an npm package has changed.
 */
export async function keptBundle(name: string, bundle: () => Promise<string>): Promise<string> {
    const file = join(folder, `${name}-${sourcesHash()}.json`);
    if (existsSync(file)) {
        return readFile(file, "utf8");
    }
    const content = await bundle();
    await mkdir(folder, { recursive: true });
    // Another preview may read it at any moment: it appears whole.
    const unfinished = `${file}.${randomUUID()}.unfinished`;
    await writeFile(unfinished, content);
    await rename(unfinished, file);
    return content;
}

/** SHA-256 of everything that a bundle is made from: the sources and the lockfile. */
function sourcesHash(): string {
    const hash = createHash("sha256");
    const patterns = sourceFolders.map((name) => `${name}/**/*.ts`);
    for (const source of ["package-lock.json", ...globSync(patterns, { cwd: project }).toSorted()]) {
        hash.update(source)
            .update("\0")
            .update(readFileSync(join(project, source)))
            .update("\0");
    }
    return hash.digest("hex");
}
