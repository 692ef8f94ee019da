// kube-apiserver, with RBAC, the node authorizer and the usual admission.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tokenReviewPath } from "../aws/emulated-aws.ts";
import { issueCertificate } from "./certificates.ts";
import { type ControlPlane, startTool } from "./control-plane.ts";
import type { EtcdClient } from "./etcd.ts";
import { kubeletApiUser } from "./kubelet-access.ts";
import { apiServerClusterAddress, clusterNetwork } from "./network.ts";
import type { ServiceAccountKeys } from "./service-account-keys.ts";

/**
 * Address written into the Endpoints of the `kubernetes` Service when the API server listens on loopback only: loopback
 * is refused there, and an address kept for documentation (RFC 5737) can't be mistaken for a machine.
 */
const nobodysAddress = "192.0.2.1";

/** Starts the API server and waits until it is ready, its own RBAC roles included. */
export async function startApiServer(plane: ControlPlane, etcd: EtcdClient, keys: ServiceAccountKeys): Promise<void> {
    const { authority, ports, apiServerAddress } = plane;
    const serving = await issueCertificate(authority, {
        name: "kube-apiserver",
        commonName: "kube-apiserver",
        hosts: [
            ...new Set(["127.0.0.1", "localhost", apiServerAddress, apiServerClusterAddress]),
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            `kubernetes.default.svc.${clusterNetwork.clusterDomain}`,
        ],
    });
    const toKubelet = await issueCertificate(authority, {
        name: "kube-apiserver-kubelet-client",
        commonName: kubeletApiUser,
    });
    const healthClient = await issueCertificate(authority, {
        name: "lab-health",
        commonName: "lab-health",
        organizations: ["system:monitoring"],
    });
    await startTool(plane, {
        name: "kube-apiserver",
        args: [
            `--bind-address=${apiServerAddress}`,
            `--advertise-address=${apiServerAddress === "127.0.0.1" ? nobodysAddress : apiServerAddress}`,
            `--secure-port=${ports.apiServer}`,
            `--tls-cert-file=${serving.certificateFile}`,
            `--tls-private-key-file=${serving.keyFile}`,
            `--client-ca-file=${authority.certificateFile}`,
            `--etcd-servers=${etcd.url}`,
            `--etcd-cafile=${etcd.authorityFile}`,
            `--etcd-certfile=${etcd.certificateFile}`,
            `--etcd-keyfile=${etcd.keyFile}`,
            `--authentication-token-webhook-config-file=${await writeTokenReviews(plane)}`,
            "--authentication-token-webhook-version=v1",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            `--service-cluster-ip-range=${clusterNetwork.serviceCidr}`,
            `--service-account-issuer=${plane.serviceAccountIssuer}`,
            `--service-account-key-file=${keys.publicKeyFile}`,
            `--service-account-signing-key-file=${keys.privateKeyFile}`,
            `--kubelet-certificate-authority=${authority.certificateFile}`,
            `--kubelet-client-certificate=${toKubelet.certificateFile}`,
            `--kubelet-client-key=${toKubelet.keyFile}`,
            "--kubelet-preferred-address-types=InternalIP,Hostname",
            "--profiling=false",
        ],
        healthCheck: {
            url: `${plane.server}/readyz`,
            authorityFile: authority.certificateFile,
            ...healthClient,
        },
        stopSeconds: 5,
    });
}

/**
 * Has the API server ask the emulated AWS whose a token is, as that of an EKS cluster asks AWS. Returns the file's path.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication
 */
async function writeTokenReviews({ folder, ports }: ControlPlane): Promise<string> {
    const file = join(folder, "kubeconfigs", "token-reviews");
    const name = "emulated-aws";
    const content = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server: `http://127.0.0.1:${ports.aws}${tokenReviewPath}` } }],
        contexts: [{ name, context: { cluster: name } }],
        "current-context": name,
    };
    await writeFile(file, JSON.stringify(content), { mode: 0o600 });
    return file;
}
