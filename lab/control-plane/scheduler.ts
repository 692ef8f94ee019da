// kube-scheduler, with its default profile.

import { issueCertificate } from "./certificates.ts";
import { type ControlPlane, issueKubeconfig, startTool } from "./control-plane.ts";

const name = "kube-scheduler";

/** Starts the scheduler. */
export async function startScheduler(plane: ControlPlane): Promise<void> {
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
            `--secure-port=${ports.scheduler}`,
            `--tls-cert-file=${serving.certificateFile}`,
            `--tls-private-key-file=${serving.keyFile}`,
            `--client-ca-file=${authority.certificateFile}`,
            // There is only one: an election would only delay its start.
            "--leader-elect=false",
            "--profiling=false",
        ],
        healthCheck: {
            url: `https://${address}:${ports.scheduler}/healthz`,
            authorityFile: authority.certificateFile,
        },
    });
}
