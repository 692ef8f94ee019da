// kube-controller-manager: every usual controller, each with a service account of its own.

import { issueCertificate } from "./certificates.ts";
import { type ControlPlane, issueKubeconfig, startTool } from "./control-plane.ts";
import { clusterNetwork } from "./network.ts";
import type { ServiceAccountKeys } from "./service-account-keys.ts";

const name = "kube-controller-manager";

/** Starts the controllers. */
export async function startControllerManager(plane: ControlPlane, keys: ServiceAccountKeys): Promise<void> {
    const { authority, ports } = plane;
    const address = "127.0.0.1";
    const serving = await issueCertificate(authority, { name, commonName: name, hosts: [address] });
    const kubeconfig = await issueKubeconfig(plane, { name, user: `system:${name}` });
    await startTool(plane, {
        name,
        args: [
            `--kubeconfig=${kubeconfig}`,
            `--authentication-kubeconfig=${kubeconfig}`,
            `--authorization-kubeconfig=${kubeconfig}`,
            `--bind-address=${address}`,
            `--secure-port=${ports.controllerManager}`,
            `--tls-cert-file=${serving.certificateFile}`,
            `--tls-private-key-file=${serving.keyFile}`,
            `--client-ca-file=${authority.certificateFile}`,
            "--use-service-account-credentials=true",
            `--service-account-private-key-file=${keys.privateKeyFile}`,
            `--root-ca-file=${authority.certificateFile}`,
            `--cluster-signing-cert-file=${authority.certificateFile}`,
            `--cluster-signing-key-file=${authority.keyFile}`,
            "--allocate-node-cidrs=true",
            `--cluster-cidr=${clusterNetwork.podCidr}`,
            `--service-cluster-ip-range=${clusterNetwork.serviceCidr}`,
            // There is only one: an election would only delay its start.
            "--leader-elect=false",
            "--profiling=false",
        ],
        healthCheck: {
            url: `https://${address}:${ports.controllerManager}/healthz`,
            authorityFile: authority.certificateFile,
        },
    });
}
