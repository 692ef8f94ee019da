// The layer with Node.js, from the npm package that carries its binary.

import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { toolFolder } from "../tools/cache.ts";
import { packArchive } from "./archive.ts";
import { buildOnce } from "./build-once.ts";
import { installProgram } from "./recipe.ts";

/** Release of Node.js in the images; the npm package is pinned to it. */
export const nodeVersion = "24.21.0";

/** Path of the layer, made first if the cache lacks it. */
export async function nodeLayer(): Promise<string> {
    const packageFile = createRequire(import.meta.url).resolve(`node-linux-${process.arch}/package.json`);
    const { name, version } = JSON.parse(await readFile(packageFile, "utf8")) as { name: string; version: string };
    // The version in some releases of this package starts with a "v", against the custom.
    if (version.replace(/^v/, "") !== nodeVersion) {
        throw new Error(`npm package ${name}: expected version ${nodeVersion}, found ${version}; run "npm ci"`);
    }
    const file = join(toolFolder("image-node-layer", nodeVersion, process.arch), "layer.tar");
    return buildOnce(file, async (scratchFolder, unfinishedFile) => {
        const root = join(scratchFolder, "root");
        await mkdir(root);
        await installProgram(join(dirname(packageFile), "bin/node"), join(root, "usr/local/bin/node"));
        await packArchive(root, unfinishedFile);
    });
}
