// Kubeconfigs of the lab: each holds a client certificate of its own, so that RBAC sees who is asking.

import { readFile, writeFile } from "node:fs/promises";
import { type CertificateAuthority, issueCertificate } from "./certificates.ts";

/** Who a kubeconfig is for. */
export interface KubeconfigRequest {
    /** Names the client certificate's files; unique in the cluster, for example `kubelet`. */
    readonly name: string;
    /** Kubernetes user name, for example `system:kube-proxy`. */
    readonly user: string;
    /** Kubernetes groups, for example `system:nodes`. */
    readonly groups?: readonly string[];
}

/** Where to write a kubeconfig and which API server it names. */
export interface KubeconfigTarget {
    readonly file: string;
    /** URL of the API server. */
    readonly server: string;
    /** Name of the cluster, the user and the context in the file. */
    readonly clusterName: string;
}

/** Writes a kubeconfig with everything embedded, readable by its owner only, and returns its path. */
export async function writeKubeconfig(
    authority: CertificateAuthority,
    request: KubeconfigRequest,
    target: KubeconfigTarget,
): Promise<string> {
    const client = await issueCertificate(authority, {
        name: `${request.name}-client`,
        commonName: request.user,
        organizations: request.groups,
    });
    const base64 = (file: string) => readFile(file, "base64");
    const name = target.clusterName;
    const content = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name,
                cluster: {
                    server: target.server,
                    "certificate-authority-data": await base64(authority.certificateFile),
                },
            },
        ],
        users: [
            {
                name,
                user: {
                    "client-certificate-data": await base64(client.certificateFile),
                    "client-key-data": await base64(client.keyFile),
                },
            },
        ],
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
    };
    await writeFile(target.file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    return target.file;
}
