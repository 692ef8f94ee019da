// The TCP ports of a lab, apart for each kind of cluster so that both can run on one machine.

import { createServer } from "node:net";
import type { ClusterKind } from "./cluster-kind.ts";

/** Every port on which a part of the lab listens. */
export interface LabPorts {
    readonly apiServer: number;
    readonly etcdClient: number;
    readonly etcdPeer: number;
    readonly controllerManager: number;
    readonly scheduler: number;
    /** The emulated AWS, over plain HTTP that counts as TLS. */
    readonly aws: number;
    readonly awsOverTls: number;
    /** The emulated AWS, over plain HTTP that counts as such. */
    readonly awsWithoutTls: number;
    /** kwok's health check; the real node's cluster leaves it unused. */
    readonly simulator: number;
}

/** How far the simulated cluster's ports are from those of the node cluster, which are the usual ones of Kubernetes. */
const simulatedDistance = 1000;

/** The highest offset with which all ports of both kinds stay below 32768, where Linux takes outgoing ports from. */
export const highestPortOffset = 20_000;

/** @param offset added to every port, for a second lab beside another one */
export function labPorts(kind: ClusterKind, offset: number): LabPorts {
    const base = offset + (kind === "simulated" ? simulatedDistance : 0);
    return {
        apiServer: 6443 + base,
        etcdClient: 2379 + base,
        etcdPeer: 2380 + base,
        controllerManager: 10257 + base,
        scheduler: 10259 + base,
        aws: 5566 + base,
        awsOverTls: 5567 + base,
        awsWithoutTls: 5568 + base,
        simulator: 10247 + base,
    };
}

/**
 * Fails when somebody listens already on one of the ports.
 *
 * @throws an error that names the ports and how to give the lab other ones
 */
export async function assertPortsAreFree(
    ports: Readonly<Record<string, number>>,
    addresses: readonly string[],
): Promise<void> {
    const taken: string[] = [];
    for (const [part, port] of Object.entries(ports)) {
        for (const address of addresses) {
            if (!(await isFree(port, address))) {
                taken.push(`${address}:${port} (${part})`);
            }
        }
    }
    if (taken.length > 0) {
        throw new Error(
            `somebody listens already on ${taken.join(", ")}; \`ss -ltnp\` shows who. End it, or give the simulated lab other ports and a state folder of its own: CHATTINGO_LAB_RUN=<folder> lab/lab up --kind simulated --port-offset <number>`,
        );
    }
}

function isFree(port: number, address: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.on("error", (error: NodeJS.ErrnoException) =>
            error.code === "EADDRINUSE" ? resolve(false) : reject(error),
        );
        server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(true)));
    });
}
