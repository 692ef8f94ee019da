// The Service by which pods of the real node reach the emulated AWS, which runs outside of the cluster.

import type { KubernetesObject } from "./control-plane/apply-objects.ts";
import { clusterNetwork } from "./control-plane/network.ts";
import { labPorts } from "./ports.ts";

/** URL of the emulated AWS for pods of the real node, whose ports never move. */
export const emulatedAwsForPods = `http://${clusterNetwork.awsAddress}:${labPorts("node", 0).aws}`;

/** Namespace of what belongs to the lab itself. */
const namespace = "lab";

/**
 * A Service without selector at `http://<awsAddress>:<port>`, and the endpoint behind it on the host. Both have the same
 * port: a policy that names that of the URL must let through what the Service makes of it.
 */
export function emulatedAwsService(port: number): readonly KubernetesObject[] {
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "aws", namespace },
            spec: {
                clusterIP: clusterNetwork.awsAddress,
                ports: [{ name: "http", protocol: "TCP", port, targetPort: port }],
            },
        },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            metadata: { name: "aws-host", namespace, labels: { "kubernetes.io/service-name": "aws" } },
            addressType: "IPv4",
            endpoints: [{ addresses: [clusterNetwork.hostAddress], conditions: { ready: true } }],
            ports: [{ name: "http", protocol: "TCP", port }],
        },
    ];
}
