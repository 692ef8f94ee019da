// `make render STACK=prod OUT=dir`: every Kubernetes manifest of a stack as one YAML file a resource, without a cluster.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { say } from "../lab/tools/progress.ts";
import { endWithMessage } from "./end-with-message.ts";
import { configurationOf, type RecordedResource, recordProgram } from "./recording-engine.ts";

const help = `Usage: node scripts/render.ts --stack STACK --out DIR

Writes each Kubernetes resource of the stack as DIR/<kind>-<name>.yaml; secrets are masked, and what only AWS makes up
is a placeholder. DIR is made if it is missing; YAML files of an earlier rendering in it are replaced.
  --stack STACK  the stack, as in Pulumi.STACK.yaml
  --out DIR      where to write
Exit status 0 if all is written, 1 if not (wrong settings are listed), 2 for wrong arguments.`;

/** First line of every file, by which a later rendering knows what it may replace. */
const header = "# Rendered from the Pulumi program; edit that instead.\n";

interface Manifest {
    readonly kind: string;
    readonly metadata: { readonly name: string };
}

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { stack: { type: "string" }, out: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (!values.stack || !values.out) {
        console.error(`${values.stack ? "--out" : "--stack"} is missing\n${help}`);
        return 2;
    }
    const resources = await recordProgram(() => import("../index.ts"), configurationOf(values.stack));
    const manifests = resources
        .filter(({ type }) => type.startsWith("kubernetes:"))
        .toSorted((one, other) => fileName(one).localeCompare(fileName(other), "en"));
    await mkdir(values.out, { recursive: true });
    await removeEarlierRendering(values.out);
    for (const resource of manifests) {
        await writeFile(join(values.out, fileName(resource)), header + stringify(resource.inputs));
    }
    say(`${manifests.length} manifests of ${values.stack} are in ${values.out}`);
    return 0;
}

/** Name of a manifest's file. */
function fileName({ inputs }: RecordedResource): string {
    const { kind, metadata } = inputs as unknown as Manifest;
    return `${kind.toLowerCase()}-${metadata.name}.yaml`;
}

/** Removes what an earlier rendering wrote, and nothing else that may lie in the folder. */
async function removeEarlierRendering(folder: string): Promise<void> {
    const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
    for (const file of files) {
        const path = join(folder, file);
        if ((await readFile(path, "utf8")).startsWith(header)) {
            await rm(path);
        }
    }
}

await endWithMessage(main, help);
