// What a lab needs before it can start, so that nothing else is built.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { pythonWithMoto } from "./aws/python-environment.ts";
import { type ClusterKind, clusterFolder, clusterKinds } from "./cluster-kind.ts";
import { findJdk, jdkAdvice } from "./elasticsearch/jdk.ts";
import { complaintAboutSpace, volumeSpace } from "./node/disk-space.ts";
import { downloadForNode, prepareNode } from "./node/prepare.ts";
import { hasPlugin, userPulumiHome } from "./providers/plugins.ts";
import { fetchResourceTypes } from "./resource-types.ts";
import { buildGoTool, fetchModules } from "./tools/build-go-tool.ts";
import { cacheRoot } from "./tools/cache.ts";
import { findProgram } from "./tools/debian-packages.ts";
import { goTools, kubernetesProvider } from "./tools/go-tools.ts";

const controlPlane = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

const clusterTools: Readonly<Record<ClusterKind, readonly string[]>> = {
    node: [...controlPlane, "kubelet", "kube-proxy", "coredns", "kube-router", "elasticsearch-exporter", "filebeat"],
    simulated: [...controlPlane, "kwok"],
};

/** What tests start and no cluster needs. */
export const toolsBeside: readonly string[] = ["cert-manager", "versitygw"];

/** The Pulumi CLI and the language host for Node.js, of which an official installation carries both. */
export const pulumiTools: readonly string[] = ["pulumi", "pulumi-language-nodejs"];

/** Names of the programs that a cluster of this kind needs, in the order of `lab/tools/go-tools.ts`. */
function toolsOf(kind: ClusterKind): readonly string[] {
    return [
        ...clusterTools[kind],
        ...(hasPulumiOnPath() ? [] : pulumiTools),
        ...(hasPlugin(userPulumiHome(), "kubernetes") ? [] : [kubernetesProvider]),
    ];
}

/** Programs that the lab takes from the machine as they are, and the Debian package of each. */
const expectedPrograms: Readonly<Record<string, string>> = {
    kubectl: "kubernetes-client, or see https://kubernetes.io/docs/tasks/tools/",
    openssl: "openssl",
    flock: "util-linux",
    ip: "iproute2",
};

/**
 * Fails at once, and not after minutes of building, when a cluster of this kind can't run here.
 *
 * @throws an error that names everything that is missing
 */
export async function assertMachineIsFit(kind: ClusterKind): Promise<void> {
    const complaints: string[] = [];
    if (kind === "node" && process.getuid?.() !== 0) {
        complaints.push("the real node needs root: run it as root, or use the simulated cluster (--kind simulated)");
    }
    for (const [program, debianPackage] of Object.entries(expectedPrograms)) {
        if ((await findProgram(program)) === undefined) {
            complaints.push(`${program} is missing: install it (Debian: ${debianPackage})`);
        }
    }
    if (kind === "node" && (await findJdk()) === undefined) {
        complaints.push(jdkAdvice);
    }
    if (kind === "node") {
        // The logs of pods are on the machine's own path, claims and containers in the lab's folder.
        const complaint = ["/var/log", clusterFolder(kind)]
            .map((folder) => complaintAboutSpace(folder, volumeSpace(folder)))
            .find((each) => each !== undefined);
        complaints.push(...(complaint === undefined ? [] : [complaint]));
    }
    if (complaints.length > 0) {
        throw new Error(`a ${kind} lab can't run on this machine:\n  ${complaints.join("\n  ")}`);
    }
}

/**
 * Makes what these kinds of cluster need and the machine lacks: programs, the emulated AWS, and for the real node
 * Debian's packages and the images. Takes many minutes the first time and goes on where it was interrupted.
 *
 * @param beside names of programs that are wanted too
 */
export async function prepareClusters(
    kinds: readonly ClusterKind[] = clusterKinds,
    beside: readonly string[] = [],
): Promise<void> {
    const wanted = new Set([...kinds.flatMap(toolsOf), ...beside]);
    const tools = goTools.filter(({ name }) => wanted.has(name));
    // Builds wait for the processor and downloads for the network: side by side they take little longer than the builds.
    await allEnded([
        inTurn(tools, buildGoTool),
        inTurn(tools, fetchModules),
        pythonWithMoto(),
        fetchResourceTypes(),
        ...(kinds.includes("node") ? [downloadForNode()] : []),
    ]);
    if (kinds.includes("node")) {
        await prepareNode(toolBinary);
    }
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
    for (const item of items) {
        await work(item);
    }
}

/** Waits for all, so that a failure of one does not throw away what the others have nearly made. */
async function allEnded(works: readonly Promise<unknown>[]): Promise<void> {
    const failure = (await Promise.allSettled(works)).find((result) => result.status === "rejected");
    if (failure !== undefined) {
        throw failure.reason;
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
