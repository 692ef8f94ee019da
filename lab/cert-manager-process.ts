// cert-manager with an API server of its own, as ordinary processes of this machine, for tests that need certificates and
// no cluster.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControllers } from "./cert-manager.ts";
import { createAuthority } from "./control-plane/certificates.ts";
import { controlPlane, defaultServiceAccountIssuer } from "./control-plane/control-plane.ts";
import { kubectl } from "./control-plane/kubectl.ts";
import { startApi } from "./control-plane/start.ts";
import { freePort } from "./free-port.ts";
import type { LabPorts } from "./ports.ts";
import { toolBinary } from "./prerequisites.ts";
import { startProcess, stopAllProcesses } from "./processes/detached-process.ts";
import { installResourceTypes } from "./resource-types.ts";

/** A running cert-manager. */
export interface CertManagerProcess {
    /** kubectl on its API server, as its administrator. */
    kubectl(args: readonly string[], input?: string): Promise<string>;
    /** Ends it and its API server, with all that they hold. */
    stop(): Promise<void>;
}

/** Starts an empty API server and has cert-manager act on one namespace of it, which is made. */
export async function startCertManagerProcess(namespace: string): Promise<CertManagerProcess> {
    const folder = await mkdtemp(join(tmpdir(), "cert-manager-"));
    const stop = async () => {
        await stopAllProcesses(folder);
        await rm(folder, { recursive: true, force: true });
    };
    try {
        const plane = controlPlane({
            folder,
            clusterName: "cert-manager",
            ports: await freePorts(),
            apiServerAddress: "127.0.0.1",
            serviceAccountIssuer: defaultServiceAccountIssuer,
            tool: toolBinary,
            startProcess: (spec) => startProcess(folder, spec),
        });
        await createAuthority(plane.authority);
        await startApi(plane);
        await installResourceTypes(plane.adminKubeconfig);
        await kubectl(plane.adminKubeconfig, ["create", "namespace", namespace]);
        await startControllers(plane, namespace);
        return { kubectl: (args, input) => kubectl(plane.adminKubeconfig, args, input), stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

/** Ports for the store and the API server; the other parts are not started. */
async function freePorts(): Promise<LabPorts> {
    const [apiServer, etcdClient, etcdPeer] = [await freePort(), await freePort(), await freePort()];
    const none = 0;
    return {
        ...{ apiServer, etcdClient, etcdPeer },
        ...{ controllerManager: none, scheduler: none, simulator: none, aws: none },
        ...{ awsOverTls: none, awsWithoutTls: none },
    };
}
