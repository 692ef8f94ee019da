// Which programs a lab needs, so that only those are built.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type ClusterKind, clusterKinds } from "./cluster-kind.ts";
import { buildGoTool } from "./tools/build-go-tool.ts";
import { cacheRoot } from "./tools/cache.ts";
import { goTools } from "./tools/go-tools.ts";

const controlPlane = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

const clusterTools: Readonly<Record<ClusterKind, readonly string[]>> = {
    node: [...controlPlane, "kubelet", "kube-proxy", "coredns"],
    simulated: [...controlPlane, "kwok"],
};

/** The Pulumi CLI and the language host for Node.js, of which an official installation carries both. */
export const pulumiTools: readonly string[] = ["pulumi", "pulumi-language-nodejs"];

/** Names of the programs that a cluster of this kind needs, in the order of `lab/tools/go-tools.ts`. */
export function toolsOf(kind: ClusterKind): readonly string[] {
    return hasPulumiOnPath() ? clusterTools[kind] : [...clusterTools[kind], ...pulumiTools];
}

/** Builds what the cache lacks of the programs of these kinds. */
export async function buildTools(kinds: readonly ClusterKind[] = clusterKinds): Promise<void> {
    const wanted = new Set(kinds.flatMap(toolsOf));
    for (const tool of goTools.filter(({ name }) => wanted.has(name))) {
        await buildGoTool(tool);
    }
}

/** Path of the binary of one program, built if the cache lacks it. */
export function toolBinary(name: string): Promise<string> {
    const tool = goTools.find((candidate) => candidate.name === name);
    if (tool === undefined) {
        throw new Error(`${name} is not in lab/tools/go-tools.ts`);
    }
    return buildGoTool(tool);
}

/** Whether the user's own Pulumi CLI is there, which goes before the one that the lab builds. */
export function hasPulumiOnPath(): boolean {
    return (process.env.PATH ?? "")
        .split(delimiter)
        .filter((folder) => folder !== "" && !folder.startsWith(cacheRoot()))
        .some((folder) => isExecutable(join(folder, "pulumi")));
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
