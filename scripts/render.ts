// `make render STACK=prod OUT=dir`: every Kubernetes manifest of a stack as one YAML file a resource, without a cluster.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { say } from "../lab/tools/progress.ts";
import { endWithMessage } from "./end-with-message.ts";
import { kustomizationFile, linterAnnotations, type Manifest } from "./linter-exceptions.ts";
import { configurationOf, type RecordedResource, recordProgram } from "./recording-engine.ts";

const help = `Usage: node scripts/render.ts --stack STACK --out DIR

Writes each Kubernetes resource of the stack as DIR/<kind>-<name>.yaml; secrets are masked, and what only AWS makes up
is a placeholder. DIR is made if it is missing; YAML files of an earlier rendering in it are replaced. Beside them are
job-log-rotation-node.yaml, the Job that rotation starts on each node, and kustomization.yaml, which adds for linters
what they are to leave out and why: kubectl kustomize DIR | kube-score score -
  --stack STACK  the stack, as in Pulumi.STACK.yaml
  --out DIR      where to write
Exit status 0 if all is written, 1 if not (wrong settings are listed), 2 for wrong arguments.`;

/** First line of every file, by which a later rendering knows what it may replace. */
const header = "# Rendered from the Pulumi program; edit that instead.\n";

interface RenderedManifest extends Manifest {
    readonly data?: Readonly<Record<string, string>>;
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
        .toSorted((one, other) => fileName(manifestOf(one)).localeCompare(fileName(manifestOf(other)), "en"));
    await mkdir(values.out, { recursive: true });
    await removeEarlierRendering(values.out);
    const objects = manifests.map(manifestOf);
    const all = [...objects, ...objects.flatMap(startedByRotation)];
    for (const manifest of all) {
        await writeFile(join(values.out, fileName(manifest)), header + stringify(manifest));
    }
    await writeFile(join(values.out, kustomizationFile), header + stringify(kustomization(all)));
    say(`${manifests.length} manifests of ${values.stack} are in ${values.out}`);
    return 0;
}

function manifestOf({ inputs }: RecordedResource): RenderedManifest {
    return inputs as unknown as RenderedManifest;
}

/** The Job of a node in its ConfigMap, as linters read Jobs: with the name and the place that a run adds. */
function startedByRotation({ kind, metadata, data }: RenderedManifest): readonly RenderedManifest[] {
    const text = kind === "ConfigMap" ? data?.["job.json"] : undefined;
    if (text === undefined) {
        return [];
    }
    const job = JSON.parse(text) as { readonly metadata: object; readonly spec: object };
    const { name, namespace } = metadata;
    return [{ apiVersion: "batch/v1", kind: "Job", ...job, metadata: { name, namespace, ...job.metadata } }];
}

/** https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
function kustomization(manifests: readonly RenderedManifest[]): object {
    return {
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: manifests.map(fileName),
        patches: manifests.flatMap((manifest) => {
            const annotations = linterAnnotations(manifest);
            const { apiVersion, kind, metadata } = manifest;
            const { name, namespace } = metadata;
            return annotations === undefined
                ? []
                : [{ patch: stringify({ apiVersion, kind, metadata: { name, namespace, annotations } }) }];
        }),
    };
}

/** Name of a manifest's file. */
function fileName({ kind, metadata }: Manifest): string {
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
