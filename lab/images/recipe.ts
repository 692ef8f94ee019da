// How an image of the node is described, and how its file is made.

import { chmod, copyFile, mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { toolFolder } from "../tools/cache.ts";
import { step } from "../tools/progress.ts";
import { run } from "../tools/run.ts";
import { packArchive } from "./archive.ts";
import { buildOnce } from "./build-once.ts";
import { type ContainerDefaults, writeOciImage } from "./oci-image.ts";

/** Changes whenever a change of this folder's programs changes what is in an image. */
const contentVersion = "1";

/** An image as a file that containerd can import. */
export interface ImageFile {
    readonly name: string;
    readonly file: string;
}

/** What an image is made of. */
export interface Recipe {
    readonly name: string;
    /** Name of its folder in the cache. */
    readonly shortName: string;
    /** Everything that decides the content beside `contentVersion`. */
    readonly inputs: readonly string[];
    readonly defaults: ContainerDefaults;
    /** Layers below the one that `fill` makes. */
    readonly base: readonly string[];
    /** Puts the files of the image's own layer into an empty folder. */
    readonly fill: (folder: string) => Promise<void>;
    /** Folders that belong, with what is in them, to user 1000 of group 0, who may write to them; none by default. */
    readonly writable?: readonly string[];
}

/** The image's file, made first if the cache lacks it. */
export async function imageFile(recipe: Recipe): Promise<ImageFile> {
    const { name, shortName, inputs, defaults, base } = recipe;
    const folder = toolFolder(
        `image-${shortName}`,
        contentVersion,
        name,
        process.arch,
        // With the name, all that the image has beside its layers.
        JSON.stringify(defaults),
        ...inputs,
        ...base.map(cacheKey),
    );
    const file = await buildOnce(join(folder, "image.tar"), (scratchFolder, unfinishedFile) =>
        step(`making the image ${name}`, undefined, async () => {
            const root = join(scratchFolder, "root");
            const layer = join(scratchFolder, "layer.tar");
            await mkdir(root);
            await recipe.fill(root);
            await setOwners(root, recipe.writable ?? []);
            await packArchive(root, layer, { keepOwnersAndModes: recipe.writable !== undefined });
            await writeOciImage({ name, layers: [...base, layer], defaults }, unfinishedFile);
        }),
    );
    return { name, file };
}

/** Gives the folders `writable` below `root` to user 1000 and everything else to root, who alone may write then. */
async function setOwners(root: string, writable: readonly string[]): Promise<void> {
    if (writable.length === 0) {
        return;
    }
    const folders = writable.map((name) => join(root, name));
    await run("chown", ["--recursive", "0:0", root]);
    await run("chmod", ["--recursive", "u=rwX,go=rX", root]);
    await run("chown", ["--recursive", "1000:0", ...folders]);
    await run("chmod", ["--recursive", "ug=rwX,o=rX", ...folders]);
}

/** What stands for the content of a file of the cache: the name of its folder, which changes with all that decides it. */
export function cacheKey(file: string): string {
    return basename(dirname(file));
}

/** Copies a program to `target`, whose folders are made. */
export async function installProgram(source: string, target: string): Promise<void> {
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, target);
    await chmod(target, 0o755);
}
