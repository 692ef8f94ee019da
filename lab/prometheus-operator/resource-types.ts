// The resource types of the Prometheus operator, so that the API server checks ServiceMonitors and rules as it does where
// the operator runs. The operator itself is not here: nobody acts on them.

import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { applyObjects, type KubernetesObject } from "../control-plane/apply-objects.ts";
import { kubectl } from "../control-plane/kubectl.ts";
import { buildOnce } from "../images/build-once.ts";
import { toolFolder } from "../tools/cache.ts";
import { run } from "../tools/run.ts";

const module = "github.com/prometheus-operator/prometheus-operator";
const moduleFolder = join(import.meta.dirname, "..", "tools", "go", "prometheus-operator");
/** Those that the system uses, and no others. */
const types = ["servicemonitors", "prometheusrules"];

/** Downloads the definitions, if the cache lacks them. */
export async function fetchOperatorTypes(): Promise<readonly string[]> {
    const pins = await Promise.all(["go.mod", "go.sum"].map((name) => readFile(join(moduleFolder, name), "utf8")));
    const folder = toolFolder("prometheus-operator-types", ...pins, ...types);
    return Promise.all(
        types.map((type) =>
            buildOnce(join(folder, `${type}.yaml`), async (_, unfinished) => {
                const answer = await run("go", ["mod", "download", "-json", module], { cwd: moduleFolder });
                const { Dir } = JSON.parse(answer) as { readonly Dir: string };
                await copyFile(
                    join(Dir, "example", "prometheus-operator-crd", `monitoring.coreos.com_${type}.yaml`),
                    unfinished,
                );
            }),
        ),
    );
}

/** Makes the types known to the API server, and returns when it accepts objects of them. */
export async function installOperatorTypes(kubeconfig: string): Promise<void> {
    const files = await fetchOperatorTypes();
    const definitions = await Promise.all(
        files.map(async (file) => parse(await readFile(file, "utf8")) as KubernetesObject),
    );
    await applyObjects(kubeconfig, definitions);
    const names = definitions.map(({ metadata }) => `crd/${String(metadata.name)}`);
    await kubectl(kubeconfig, ["wait", "--for=condition=Established", "--timeout=60s", ...names]);
}
