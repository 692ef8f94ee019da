// The images that run on the lab's node, each made from what the package registries serve.

import { chmod, copyFile, mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { toolFolder } from "../tools/cache.ts";
import { step } from "../tools/progress.ts";
import { run } from "../tools/run.ts";
import { packArchive } from "./archive.ts";
import { buildOnce } from "./build-once.ts";
import { debianLayer } from "./debian-layer.ts";
import { type ContainerDefaults, writeOciImage } from "./oci-image.ts";

/** Image that holds a pod's namespaces; containerd's `sandbox_image`. */
export const pauseImage = "registry.k8s.io/pause:3.10";

/** Image of the cluster's DNS server. */
export const corednsImage = "registry.k8s.io/coredns/coredns:v1.12.4";

/** Release of Node in the workloads' image; the npm package that carries the binary is pinned to it. */
const nodeVersion = "24.9.0";

/** Image that runs the workloads, under the name of the official one, which is the default of `images.node`. */
export const nodeImage = `docker.io/library/node:${nodeVersion}-bookworm-slim`;

/** Changes whenever a change of this folder's programs changes what is in an image. */
const contentVersion = "1";

/** An image as a file that containerd can import. */
export interface ImageFile {
    readonly name: string;
    readonly file: string;
}

interface Recipe {
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
}

/** Every image of the lab's node. */
export interface LabImages {
    /** What the node needs itself. */
    readonly system: readonly ImageFile[];
    /** What runs on it. */
    readonly workloads: readonly ImageFile[];
}

/** Every image of the node, those that the cache lacks made first. `corednsBinary` is a static program. */
export async function labImages(corednsBinary: string): Promise<LabImages> {
    return {
        system: [await imageFile(await pauseRecipe()), await imageFile(corednsRecipe(corednsBinary))],
        workloads: [await imageFile(await nodeRecipe())],
    };
}

async function imageFile(recipe: Recipe): Promise<ImageFile> {
    const { name, shortName, inputs, defaults, base } = recipe;
    const folder = toolFolder(
        `image-${shortName}`,
        contentVersion,
        name,
        process.arch,
        ...inputs,
        ...base.map(cacheKey),
    );
    const file = await buildOnce(join(folder, "image.tar"), (scratchFolder, unfinishedFile) =>
        step(`making the image ${name}`, undefined, async () => {
            const root = join(scratchFolder, "root");
            const layer = join(scratchFolder, "layer.tar");
            await mkdir(root);
            await recipe.fill(root);
            await packArchive(root, layer);
            await writeOciImage({ name, layers: [...base, layer], defaults }, unfinishedFile);
        }),
    );
    return { name, file };
}

/** What stands for the content of a file of the cache: the name of its folder, which changes with all that decides it. */
function cacheKey(file: string): string {
    return basename(dirname(file));
}

async function pauseRecipe(): Promise<Recipe> {
    const source = join(import.meta.dirname, "pause.c");
    return {
        name: pauseImage,
        shortName: "pause",
        inputs: [await readFile(source, "utf8")],
        defaults: { entrypoint: ["/pause"], user: "65535:65535" },
        base: [],
        fill: async (folder) => {
            await run("cc", ["-Os", "-static", "-s", "-o", join(folder, "pause"), source]);
        },
    };
}

function corednsRecipe(binary: string): Recipe {
    return {
        name: corednsImage,
        shortName: "coredns",
        inputs: [cacheKey(binary)],
        defaults: { entrypoint: ["/coredns"], user: "65532:65532" },
        base: [],
        fill: (folder) => installProgram(binary, join(folder, "coredns")),
    };
}

async function nodeRecipe(): Promise<Recipe> {
    const packageFile = createRequire(import.meta.url).resolve(`node-linux-${process.arch}/package.json`);
    const { name, version } = JSON.parse(await readFile(packageFile, "utf8")) as { name: string; version: string };
    // The version of this package starts with a "v", against the custom.
    if (version !== `v${nodeVersion}`) {
        throw new Error(`npm package ${name}: expected version v${nodeVersion}, found ${version}; run "npm ci"`);
    }
    return {
        name: nodeImage,
        shortName: "node",
        inputs: [version],
        defaults: {
            command: ["node"],
            environment: [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                `NODE_VERSION=${nodeVersion}`,
            ],
        },
        base: [await debianLayer()],
        fill: (folder) => installProgram(join(dirname(packageFile), "bin/node"), join(folder, "usr/local/bin/node")),
    };
}

async function installProgram(source: string, target: string): Promise<void> {
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, target);
    await chmod(target, 0o755);
}
