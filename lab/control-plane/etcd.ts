// etcd: the store behind the API server, which is the only one that it lets in.

import { join } from "node:path";
import { issueCertificate } from "./certificates.ts";
import { type ControlPlane, startTool } from "./control-plane.ts";

/** How to reach etcd. */
export interface EtcdClient {
    readonly url: string;
    readonly authorityFile: string;
    readonly certificateFile: string;
    readonly keyFile: string;
}

/** Starts etcd and returns how the API server reaches it. */
export async function startEtcd(plane: ControlPlane): Promise<EtcdClient> {
    const { authority, ports } = plane;
    const loopback = "127.0.0.1";
    const server = await issueCertificate(authority, { name: "etcd", commonName: "etcd", hosts: [loopback] });
    const client = await issueCertificate(authority, { name: "etcd-client", commonName: "kube-apiserver" });
    const url = `https://${loopback}:${ports.etcdClient}`;
    const peerUrl = `https://${loopback}:${ports.etcdPeer}`;
    await startTool(plane, {
        name: "etcd",
        args: [
            "--name=lab",
            `--data-dir=${join(plane.folder, "etcd")}`,
            `--listen-client-urls=${url}`,
            `--advertise-client-urls=${url}`,
            `--listen-peer-urls=${peerUrl}`,
            `--initial-advertise-peer-urls=${peerUrl}`,
            `--initial-cluster=lab=${peerUrl}`,
            "--client-cert-auth",
            `--trusted-ca-file=${authority.certificateFile}`,
            `--cert-file=${server.certificateFile}`,
            `--key-file=${server.keyFile}`,
            "--peer-client-cert-auth",
            `--peer-trusted-ca-file=${authority.certificateFile}`,
            `--peer-cert-file=${server.certificateFile}`,
            `--peer-key-file=${server.keyFile}`,
            // A lab is never taken up again after the machine went down, so waiting for the disk would protect nothing.
            "--unsafe-no-fsync",
            "--log-level=warn",
        ],
        healthCheck: { url: `${url}/health`, authorityFile: authority.certificateFile, ...client },
    });
    return { url, authorityFile: authority.certificateFile, ...client };
}
