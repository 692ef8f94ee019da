// Resource types that the system uses and others define, so that the API server checks their objects as it does where
// the controllers behind them run. Nobody acts on the objects, unless somebody starts cert-manager (`cert-manager.ts`).

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { applyObjects, type KubernetesObject } from "./control-plane/apply-objects.ts";
import { kubectl } from "./control-plane/kubectl.ts";
import { buildOnce } from "./images/build-once.ts";
import { toolFolder } from "./tools/cache.ts";
import { run } from "./tools/run.ts";

/** Definitions of resource types in a Go module, whose version `lab/tools/go/<name>/go.mod` pins. */
interface Source {
    readonly name: string;
    readonly module: string;
    /** Paths in the module: those that the system uses, and no others. */
    readonly files: readonly string[];
}

const sources: readonly Source[] = [
    {
        name: "prometheus-operator",
        module: "github.com/prometheus-operator/prometheus-operator",
        files: ["servicemonitors", "prometheusrules"].map(
            (type) => `example/prometheus-operator-crd/monitoring.coreos.com_${type}.yaml`,
        ),
    },
    {
        name: "cert-manager",
        module: "github.com/cert-manager/cert-manager",
        // Requests are what its controllers ask each other by.
        files: ["certificaterequests", "certificates", "issuers"].map((type) => `deploy/crds/crd-${type}.yaml`),
    },
];

/** Downloads the definitions, if the cache lacks them. */
export async function fetchResourceTypes(): Promise<readonly string[]> {
    return (await Promise.all(sources.map(fetchFrom))).flat();
}

async function fetchFrom({ name, module, files }: Source): Promise<readonly string[]> {
    const moduleFolder = join(import.meta.dirname, "tools", "go", name);
    const pins = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(moduleFolder, file), "utf8")));
    const folder = toolFolder(`${name}-types`, ...pins, ...files);
    return Promise.all(
        files.map((file) =>
            buildOnce(join(folder, file.replaceAll("/", "-")), async (_, unfinished) => {
                const answer = await run("go", ["mod", "download", "-json", module], { cwd: moduleFolder });
                const { Dir } = JSON.parse(answer) as { readonly Dir: string };
                await writeFile(unfinished, withoutTemplate(await readFile(join(Dir, file), "utf8")));
            }),
        ),
    );
}

/** The definition without what a Helm chart makes of some of its lines: only labels and comments have such. */
function withoutTemplate(definition: string): string {
    return definition
        .split("\n")
        .filter((line) => !line.includes("{{"))
        .join("\n");
}

/** Makes the types known to the API server, and returns when it accepts objects of them. */
export async function installResourceTypes(kubeconfig: string): Promise<void> {
    const files = await fetchResourceTypes();
    const definitions = await Promise.all(
        files.map(async (file) => parse(await readFile(file, "utf8")) as KubernetesObject),
    );
    await applyObjects(kubeconfig, definitions);
    const names = definitions.map(({ metadata }) => `crd/${String(metadata.name)}`);
    await kubectl(kubeconfig, ["wait", "--for=condition=Established", "--timeout=60s", ...names]);
}
