// The parts of a lab in the order in which they start, and the way back.

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { emulatedAwsProcess } from "./aws/emulated-aws.ts";
import { type ClusterKind, clusterFolder } from "./cluster-kind.ts";
import type { ClusterState } from "./cluster-state.ts";
import { applyObjects } from "./control-plane/apply-objects.ts";
import { createAuthority, issueCertificate } from "./control-plane/certificates.ts";
import {
    type ControlPlane,
    controlPlane,
    defaultServiceAccountIssuer,
    issueKubeconfig,
} from "./control-plane/control-plane.ts";
import { addHostInterface, removeHostInterface } from "./control-plane/host-interface.ts";
import { clusterNetwork } from "./control-plane/network.ts";
import { serviceAccountKeys } from "./control-plane/service-account-keys.ts";
import { startControlPlane } from "./control-plane/start.ts";
import { emulatedAwsService } from "./emulated-aws-service.ts";
import { type NodeContext, nodeName } from "./node/interface.ts";
import { unmountBelow } from "./node/mounts.ts";
import { startNode, stopNode } from "./node/start.ts";
import { assertPortsAreFree, type LabPorts, labPorts } from "./ports.ts";
import { toolBinary } from "./prerequisites.ts";
import { processStatuses, stopAllProcesses, stopProcess } from "./processes/detached-process.ts";
import { createLauncher, type Launcher } from "./processes/launcher.ts";
import { processesStayingIn, removeFolder } from "./processes/leftovers.ts";
import { installResourceTypes } from "./resource-types.ts";
import { startSimulatedNodes } from "./simulated-nodes/start.ts";
import { localStorage, localVolumeFolders, simulatedStorage } from "./storage.ts";
import { step } from "./tools/progress.ts";

const loopback = "127.0.0.1";

/** Addresses on which the parts of a lab listen: pods of the real node reach them too, other machines never do. */
function listenAddresses(kind: ClusterKind): readonly string[] {
    return kind === "node" ? [loopback, clusterNetwork.hostAddress] : [loopback];
}

/**
 * Starts every part; the lab's folder must be there and hold nothing but its state.
 *
 * @throws the first error, once no part is being started any more, so that {@link stopParts} finds all there is
 */
export async function startParts(kind: ClusterKind, state: ClusterState): Promise<void> {
    const launcher = createLauncher(clusterFolder(kind));
    try {
        await startAll(kind, state, launcher);
    } catch (error) {
        await launcher.close();
        throw error;
    }
}

async function startAll(kind: ClusterKind, state: ClusterState, launcher: Launcher): Promise<void> {
    const folder = clusterFolder(kind);
    const ports = labPorts(kind, state.portOffset);
    const plane = planeOf(kind, ports, state.serviceAccountIssuer, launcher);
    const addresses = listenAddresses(kind);
    await createAuthority(plane.authority);
    const aws = await emulatedAwsProcess({
        port: ports.aws,
        listen: addresses,
        transports: {
            https: ports.awsOverTls,
            http: ports.awsWithoutTls,
            certificate: await issueCertificate(plane.authority, {
                name: "emulated-aws",
                commonName: "emulated-aws",
                hosts: addresses,
            }),
        },
        issuerKeyFiles: {
            [state.serviceAccountIssuer]: serviceAccountKeys(plane.authority.folder).publicKeyFile,
        },
        eksApiServer: { url: plane.server, authorityFile: plane.authority.certificateFile },
    });
    if (kind === "node") {
        await addHostInterface(clusterNetwork.hostAddress, folder);
    }
    await assertPortsAreFree({ ...ports }, addresses);
    await step(`starting the emulated AWS and the control plane (${kind})`, "seconds", () =>
        Promise.all([launcher.start(aws), startControlPlane(plane)]),
    );
    await installResourceTypes(plane.adminKubeconfig);
    if (kind === "simulated") {
        await step(`starting ${state.nodes} simulated nodes`, "seconds", () =>
            Promise.all([
                startSimulatedNodes(plane, ports.simulator, state.nodes),
                applyObjects(plane.adminKubeconfig, simulatedStorage()),
            ]),
        );
        return;
    }
    const volumes = volumesFolder(folder);
    for (const volume of localVolumeFolders(volumes)) {
        await mkdir(volume, { recursive: true });
    }
    const context = nodeContext(plane);
    await mkdir(context.folder, { recursive: true });
    await applyObjects(plane.adminKubeconfig, [...localStorage(volumes, nodeName), ...emulatedAwsService(ports.aws)]);
    await startNode(context);
}

/**
 * Ends every part that runs, the last started first, and removes the lab's folder. Works on a lab that is only half
 * there.
 *
 * @throws an error when something of the lab is still running; the folder stays then, so that it can be called again
 */
export async function endParts(kind: ClusterKind): Promise<void> {
    const folder = clusterFolder(kind);
    await stopParts(kind);
    const leftovers = await processesStayingIn(folder);
    if (leftovers.length > 0) {
        const list = leftovers.map(({ pid, commandLine }) => `  ${pid} ${commandLine.slice(0, 160)}`).join("\n");
        throw new Error(
            `processes still use the lab's folder ${folder}; end them and run \`lab/lab down --kind ${kind}\` again:\n${list}`,
        );
    }
    await removeFolder(folder);
}

/** Ends every part that runs and leaves the folder, with the logs, where it is. */
export async function stopParts(kind: ClusterKind): Promise<void> {
    const folder = clusterFolder(kind);
    const plane = planeOf(kind, labPorts(kind, 0), defaultServiceAccountIssuer, createLauncher(folder));
    const context = nodeContext(plane);
    // Without the node's folder the start did not get so far, and what there is of a node is another lab's.
    if (existsSync(context.folder)) {
        await stopNode(context);
    }
    await unmountBelow(volumesFolder(folder));
    await stopAllProcesses(folder);
    if (kind === "node") {
        await removeHostInterface(folder);
    }
}

/** Folder whose folders are the real node's volumes. */
function volumesFolder(folder: string): string {
    return join(folder, "volumes");
}

/** Whether any recorded program of the lab is there. */
export async function hasLivingPart(kind: ClusterKind): Promise<boolean> {
    return (await processStatuses(clusterFolder(kind))).some(({ pid }) => pid !== undefined);
}

/** The real node of a running lab, for parts that are started later. */
export function runningNode(state: ClusterState): NodeContext {
    return nodeContext(runningControlPlane("node", state));
}

/** The control plane of a running lab, for parts that are started later. */
export function runningControlPlane(
    kind: ClusterKind,
    { portOffset, serviceAccountIssuer }: ClusterState,
): ControlPlane {
    return planeOf(kind, labPorts(kind, portOffset), serviceAccountIssuer, createLauncher(clusterFolder(kind)));
}

function planeOf(kind: ClusterKind, ports: LabPorts, serviceAccountIssuer: string, launcher: Launcher): ControlPlane {
    return controlPlane({
        folder: clusterFolder(kind),
        clusterName: `chattingo-lab-${kind}`,
        ports,
        apiServerAddress: kind === "node" ? clusterNetwork.hostAddress : loopback,
        serviceAccountIssuer,
        tool: toolBinary,
        startProcess: launcher.start,
    });
}

function nodeContext(plane: ControlPlane): NodeContext {
    return {
        folder: join(plane.folder, "node"),
        nodeName,
        network: clusterNetwork,
        adminKubeconfig: plane.adminKubeconfig,
        authorityCertificateFile: plane.authority.certificateFile,
        issueCertificate: (request) => issueCertificate(plane.authority, request),
        issueKubeconfig: (request) => issueKubeconfig(plane, request),
        tool: toolBinary,
        startProcess: plane.startProcess,
        stopProcess: (name) => stopProcess(plane.folder, name),
    };
}
