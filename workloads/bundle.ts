// Bundles a workload into the one file that plain `node` runs in a pod.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { build } from "esbuild";
import { onlyUsedElasticsearchApis } from "./elasticsearch-apis.ts";

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
    /** Changes when the content does, and only then: ten hexadecimal digits of its SHA-256. */
    readonly hash: string;
}

/** A ConfigMap holds 1 MiB with everything in it (https://kubernetes.io/docs/concepts/configuration/configmap/). */
const largestProgram = 1000 * 1024;

/**
 * Programs that a ConfigMap would not hold as they are; the others stay readable for anyone who looks at them in a pod.
 * Without minifying, s3-uploader has 1,586,096 bytes and log-restore, with the clients of both S3 and Elasticsearch,
 * 1,451,410; minified they have 681,353 and 627,511.
 */
const minified: readonly WorkloadName[] = ["s3-uploader", "log-restore"];

/** The oldest Node.js that a bundle runs on. */
const target = "node24";

const made = new Map<WorkloadName, Promise<Bundle>>();

/** {@link buildBundle}, once for all who ask in this process: tests run the program of a stack many times. */
export function bundleWorkload(name: WorkloadName): Promise<Bundle> {
    const bundle = made.get(name) ?? buildBundle(name);
    made.set(name, bundle);
    return bundle;
}

/**
 * Bundles the workload. The result is the same on every machine.
 *
 * @throws an error when it does not compile, or is too large for a ConfigMap
 */
export async function buildBundle(name: WorkloadName): Promise<Bundle> {
    const content = await bundleFile(join("workloads", name, "main.ts"), minified.includes(name));
    const bytes = Buffer.byteLength(content);
    if (bytes > largestProgram) {
        throw new Error(
            `the bundle of ${name} has ${bytes} bytes; a ConfigMap can hold ${largestProgram}: drop a library or minify it (workloads/bundle.ts)`,
        );
    }
    return { content, hash: createHash("sha256").update(content).digest("hex").slice(0, 10) };
}

/**
 * Bundles a program as the workloads are.
 *
 * @param entryPoint path below the project's folder
 */
export async function bundleFile(entryPoint: string, minify: boolean): Promise<string> {
    const result = await build({
        absWorkingDir: join(import.meta.dirname, ".."),
        entryPoints: [entryPoint],
        bundle: true,
        write: false,
        platform: "node",
        // A library that comes as ES modules too is bundled from those: only what is imported ends up in the bundle.
        mainFields: ["module", "main"],
        // With undici log-restore would have 1,167,576 bytes, minified: more than a ConfigMap holds.
        alias: { undici: "./workloads/undici-left-out.ts" },
        plugins: [onlyUsedElasticsearchApis],
        format: "cjs",
        target,
        minify,
        legalComments: "none",
        logLevel: "silent",
    });
    return result.outputFiles[0]?.text ?? "";
}
