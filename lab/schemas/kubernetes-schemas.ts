// The schemas by which kubeconform judges manifests, made from what is there: the description of its types that the API
// server of a version has in its source, and the definitions of the resource types that the lab installs.
// kubeconform would download them from an address that package registries don't cover.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { fetchResourceTypes } from "../resource-types.ts";
import { toolFolder } from "../tools/cache.ts";
import { kubernetesVersion } from "../tools/go-tools.ts";
import { run } from "../tools/run.ts";
import { builtInSchemas, customSchemas, type Definitions, type ResourceDefinition } from "./strict-schema.ts";

const kubernetesModule = join(import.meta.dirname, "../tools/go/kubernetes");

/**
 * Folder in which kubeconform finds the schemas, made first if the cache lacks it; it is its `-schema-location`.
 *
 * @param version of Kubernetes, such as v1.35.0; the source of another one than the lab's is downloaded
 */
export async function kubernetesSchemas(version: string = kubernetesVersion): Promise<string> {
    const resourceTypes = await Promise.all((await fetchResourceTypes()).map((file) => readFile(file, "utf8")));
    const rules = await readFile(join(import.meta.dirname, "strict-schema.ts"), "utf8");
    const folder = toolFolder("kubernetes-schemas", version, digestOf(resourceTypes.join("\0")), rules);
    if (!existsSync(folder)) {
        const unfinished = `${folder}.${process.pid}.unfinished`;
        try {
            await writeSchemas(join(unfinished, `${version}-standalone-strict`), version, resourceTypes);
            await mkdir(dirname(folder), { recursive: true });
            await rename(unfinished, folder);
        } finally {
            await rm(unfinished, { recursive: true, force: true });
        }
    }
    return folder;
}

async function writeSchemas(folder: string, version: string, resourceTypes: readonly string[]): Promise<void> {
    const definitions = await apiDefinitions(version);
    const schemas = [
        ...builtInSchemas(definitions),
        ...resourceTypes.flatMap((text) => [...customSchemas(parse(text) as ResourceDefinition, definitions)]),
    ];
    await mkdir(folder, { recursive: true });
    for (const [file, schema] of schemas) {
        await writeFile(join(folder, file), JSON.stringify(schema));
    }
}

/** The API server's types, as its source describes them. */
async function apiDefinitions(version: string): Promise<Definitions> {
    const module = `k8s.io/kubernetes@${version}`;
    const answer = await run("go", ["mod", "download", "-json", module], { cwd: kubernetesModule });
    const { Dir } = JSON.parse(answer) as { readonly Dir: string };
    const description = await readFile(join(Dir, "api/openapi-spec/swagger.json"), "utf8");
    return (JSON.parse(description) as { readonly definitions: Definitions }).definitions;
}

function digestOf(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}
