// The layer with Java, which the official image of Elasticsearch bundles. It is a copy of this machine's and not made with
// jlink: a JDK without packaged modules, as many are since 24, cannot put jdk.jlink into an image (https://openjdk.org/jeps/493),
// and Elasticsearch's entitlements name that module.

import { cp, mkdir, readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Jdk } from "../../elasticsearch/jdk.ts";
import { toolFolder } from "../../tools/cache.ts";
import { step } from "../../tools/progress.ts";
import { packArchive } from "../archive.ts";
import { buildOnce } from "../build-once.ts";

/** What development needs and a server does not. */
const leftOut = [
    "demo",
    "include",
    "jmods",
    "legal",
    "lib/ct.sym",
    "lib/src.zip",
    // Archives of loaded classes for the other layouts of the heap than the usual one.
    "lib/server/classes_coh.jsa",
    "lib/server/classes_nocoops.jsa",
    "lib/server/classes_nocoops_coh.jsa",
    "man",
];

/** The programs that stay. */
const programs = ["java", "jcmd", "keytool"];

/** Path of the layer with `jdk` in the folder `target` of the image, made first if the cache lacks it. */
export async function javaLayer(jdk: Jdk, target: string): Promise<string> {
    const folder = toolFolder("image-java", jdk.version, process.arch, target, ...leftOut, ...programs);
    return buildOnce(join(folder, "layer.tar"), (scratchFolder, unfinishedFile) =>
        step(`making the layer with Java ${jdk.version}`, undefined, async () => {
            const root = join(scratchFolder, "root");
            const copy = join(root, target);
            await mkdir(dirname(copy), { recursive: true });
            const unwanted = new Set([
                ...leftOut,
                ...(await readdir(join(jdk.home, "bin")))
                    .filter((name) => !programs.includes(name))
                    .map((name) => `bin/${name}`),
            ]);
            await cp(jdk.home, copy, {
                recursive: true,
                // Debian keeps the configuration of its Java in /etc and links to it.
                dereference: true,
                filter: (source) => !unwanted.has(relative(jdk.home, source)),
            });
            await packArchive(root, unfinishedFile);
        }),
    );
}
