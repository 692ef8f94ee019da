// kube-apiserver, with RBAC, the node authorizer and the usual admission.

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
