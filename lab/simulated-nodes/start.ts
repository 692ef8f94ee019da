// Starts the nodes of the simulated cluster: objects in the API server that kwok (https://kwok.sigs.k8s.io) brings to life.

import { join } from "node:path";
import { applyObjects } from "../control-plane/apply-objects.ts";
import { type ControlPlane, issueKubeconfig, startTool } from "../control-plane/control-plane.ts";
import { kubectl } from "../control-plane/kubectl.ts";
import { clusterNetwork } from "../control-plane/network.ts";
import { oddNodeObjects, playedByKwok, simulatedNodes } from "./node-objects.ts";

/** Starts kwok and makes `count` ordinary nodes and the odd ones; returns when all are Ready but the one that is down. */
export async function startSimulatedNodes(plane: ControlPlane, port: number, count: number): Promise<void> {
    // It plays every node, and a kubelet's certificate is good for one only: it gets the administrator's group.
    const kubeconfig = await issueKubeconfig(plane, { name: "kwok", user: "lab-kwok", groups: ["system:masters"] });
    const address = `127.0.0.1:${port}`;
    const nodes = [...simulatedNodes(count), ...oddNodeObjects(count)];
    await Promise.all([
        startTool(plane, {
            name: "kwok",
            args: [
                `--kubeconfig=${kubeconfig}`,
                `--config=${join(import.meta.dirname, "stages.yaml")}`,
                `--manage-nodes-with-label-selector=${playedByKwok}`,
                `--cidr=${clusterNetwork.podCidr}`,
                `--server-address=${address}`,
                "--node-lease-duration-seconds=40",
            ],
            healthCheck: { url: `http://${address}/healthz` },
        }),
        applyObjects(plane.adminKubeconfig, nodes),
    ]);
    await kubectl(plane.adminKubeconfig, [
        ...["wait", "--for=condition=Ready", "nodes", `--selector=${playedByKwok}`, "--timeout=60s"],
    ]);
}
