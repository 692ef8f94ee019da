// The images that run on the lab's node, each made from what the package registries serve.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../tools/run.ts";
import { debianLayer } from "./debian-layer.ts";
import { elasticsearchRecipe } from "./elasticsearch/recipe.ts";
import { filebeatRecipe } from "./filebeat/recipe.ts";
import { kibanaRecipe } from "./kibana/recipe.ts";
import { nodeLayer, nodeVersion } from "./node-layer.ts";
import { cacheKey, type ImageFile, imageFile, installProgram, type Recipe } from "./recipe.ts";

export type { ImageFile } from "./recipe.ts";

/** Image that holds a pod's namespaces; containerd's `sandbox_image`. */
export const pauseImage = "registry.k8s.io/pause:3.10";

/** Image of the cluster's DNS server. */
export const corednsImage = "registry.k8s.io/coredns/coredns:v1.12.4";

/** Image that runs the workloads, under the name of the official one, which is the default of `images.node`. */
export const nodeImage = `docker.io/library/node:${nodeVersion}-bookworm-slim`;

/** Image of the exporter for Elasticsearch, the default of `images.elasticsearchExporter`. */
const elasticsearchExporterImage = "quay.io/prometheuscommunity/elasticsearch-exporter:v1.11.0";

/** Every image of the lab's node. */
export interface LabImages {
    /** What the node needs itself. */
    readonly system: readonly ImageFile[];
    /** What runs on it. */
    readonly workloads: readonly ImageFile[];
}

/** Every image of the node, those that the cache lacks made first; `tool` gives a static program by its name. */
export async function labImages(tool: (name: string) => Promise<string>): Promise<LabImages> {
    return {
        system: [await imageFile(await pauseRecipe()), await imageFile(corednsRecipe(await tool("coredns")))],
        workloads: [
            await imageFile(await nodeRecipe()),
            await imageFile(await filebeatRecipe(await tool("filebeat"))),
            await imageFile(await elasticsearchRecipe()),
            await imageFile(await kibanaRecipe()),
            await imageFile(elasticsearchExporterRecipe(await tool("elasticsearch-exporter"))),
        ],
    };
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

function elasticsearchExporterRecipe(binary: string): Recipe {
    return {
        name: elasticsearchExporterImage,
        shortName: "elasticsearch-exporter",
        inputs: [cacheKey(binary)],
        defaults: { entrypoint: ["/bin/elasticsearch_exporter"], user: "65534:65534" },
        base: [],
        fill: (folder) => installProgram(binary, join(folder, "bin", "elasticsearch_exporter")),
    };
}

async function nodeRecipe(): Promise<Recipe> {
    return {
        name: nodeImage,
        shortName: "node",
        inputs: [nodeVersion],
        defaults: {
            command: ["node"],
            environment: [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                `NODE_VERSION=${nodeVersion}`,
            ],
        },
        base: [await debianLayer(), await nodeLayer()],
        fill: async () => undefined,
    };
}
