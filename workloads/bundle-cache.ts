// Keeps what a program was bundled into, so that it is bundled again only when somebody has edited it.

import { createHash, randomUUID } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const project = join(import.meta.dirname, "..");

/** Where build products of the project's packages are kept by custom; `npm ci` empties it. */
const folder = join(project, "node_modules/.cache/chattingo-logging/bundles");

/**
 * Returns the bundle `name`, made by `bundle` unless it is kept. It is made again when a TypeScript file in one of
 * `sourceFolders` or an npm package has changed; these have to be all that the bundle is made from and by.
 */
export async function keptBundle(
    name: string,
    sourceFolders: readonly string[],
    bundle: () => Promise<string>,
): Promise<string> {
    const file = join(folder, `${name}-${sourcesHash(sourceFolders)}`);
    if (existsSync(file)) {
        return readFile(file, "utf8");
    }
    const content = await bundle();
    await mkdir(folder, { recursive: true });
    // Another command may read it at any moment: it appears whole.
    const unfinished = `${file}.${randomUUID()}.unfinished`;
    await writeFile(unfinished, content);
    await rename(unfinished, file);
    return content;
}

/**
 * Refuses a bundle that would stay the same when one of its files changes.
 *
 * @param inputs paths of all files that went into it, below the project's folder
 * @throws an error that names the files that {@link keptBundle} does not watch
 */
export function refuseUnwatched(name: string, sourceFolders: readonly string[], inputs: readonly string[]): void {
    const isWatched = (input: string) =>
        input.startsWith("node_modules/") ||
        (input.endsWith(".ts") && sourceFolders.some((source) => input.startsWith(`${source}/`)));
    const unwatched = inputs.filter((input) => !isWatched(input));
    if (unwatched.length > 0) {
        throw new Error(
            `the bundle of ${name} has ${unwatched.join(", ")}, which the cache does not watch: expected TypeScript in ${sourceFolders.join(", ")}, or npm packages; another folder has to be added where the bundle is made`,
        );
    }
}

/** SHA-256 of everything that a bundle is made from: the sources and the lockfile. */
function sourcesHash(sourceFolders: readonly string[]): string {
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
