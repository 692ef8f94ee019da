// Bundles a workload into the one file that plain `node` runs in a pod.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { build } from "esbuild";
import { keptBundle, refuseUnwatched } from "./bundle-cache.ts";
import { onlyUsedElasticsearchApis } from "./elasticsearch-apis.ts";
import { type ProgramFiles, programFiles } from "./program-files.ts";

/** The programs that run inside pods, by the name of their folder here. */
export const workloads = [
    "log-setup",
    "log-rotation",
    "s3-uploader",
    "log-restore",
    "elastic-setup",
    "elastic-exporter",
] as const;

/** Name of a workload. */
export type WorkloadName = (typeof workloads)[number];

/** A workload as one file. */
export interface Bundle {
    readonly content: string;
    /** Changes when the files do, and only then: ten hexadecimal digits of their SHA-256. */
    readonly hash: string;
    /** The same program as the entries of a ConfigMap. */
    readonly files: ProgramFiles;
}

/** A ConfigMap holds 1 MiB with everything in it (https://kubernetes.io/docs/concepts/configuration/configmap/). */
const largestConfigMap = 1000 * 1024;

/** Workloads with large libraries; the others stay readable for whoever looks at them in a pod. */
const minified: readonly WorkloadName[] = ["s3-uploader", "log-restore", "elastic-setup", "elastic-exporter"];

/** Folders from whose files bundles are made, beside npm packages. */
const sourceFolders: readonly string[] = ["archive-access", "settings", "workloads"];

/** The oldest Node.js that a bundle runs on. */
const target = "node24";

/**
 * Bundles the workload. The result is the same on every machine.
 *
 * @throws an error when it does not compile, or is too large for a ConfigMap
 */
export async function bundleWorkload(name: WorkloadName): Promise<Bundle> {
    const kept = await keptBundle(name, sourceFolders, async () => JSON.stringify(await buildBundle(name)));
    const bundle = JSON.parse(kept) as Bundle;
    const bytes = Buffer.byteLength(JSON.stringify(bundle.files));
    if (bytes > largestConfigMap) {
        throw new Error(
            `the bundle of ${name} has ${bytes} bytes; a ConfigMap can hold ${largestConfigMap}: drop a library or minify it (workloads/bundle.ts)`,
        );
    }
    return bundle;
}

/** Bundles the workload, whether it is kept from before or not. */
export async function buildBundle(name: WorkloadName): Promise<Bundle> {
    const content = await buildProgram(name);
    const files = programFiles(`${name}.js`, content);
    return { content, hash: createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 10), files };
}

async function buildProgram(name: WorkloadName): Promise<string> {
    const { text, inputs } = await bundleFile(join("workloads", name, "main.ts"), minified.includes(name));
    refuseUnwatched(name, sourceFolders, inputs);
    return text;
}

/**
 * Bundles a program as the workloads are.
 *
 * @param entryPoint path below the project's folder
 * @returns the program, and the paths of all files that went into it
 */
export async function bundleFile(
    entryPoint: string,
    minify: boolean,
): Promise<{ readonly text: string; readonly inputs: readonly string[] }> {
    const result = await build({
        absWorkingDir: join(import.meta.dirname, ".."),
        entryPoints: [entryPoint],
        bundle: true,
        write: false,
        platform: "node",
        // A library that comes as ES modules too is bundled from those: only what is imported ends up in the bundle.
        mainFields: ["module", "main"],
        alias: { undici: "./workloads/undici-left-out.ts" },
        plugins: [onlyUsedElasticsearchApis],
        format: "cjs",
        target,
        minify,
        legalComments: "none",
        logLevel: "silent",
        metafile: true,
    });
    return { text: result.outputFiles[0]?.text ?? "", inputs: Object.keys(result.metafile.inputs) };
}
