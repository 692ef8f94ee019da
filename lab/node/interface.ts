// What the cluster gives to its real node, and what it expects of it. `lab/cluster.ts` imports `lab/node/start.ts`,
// which exports `startNode` and `stopNode` of the types below.

import type { CertificateRequest, IssuedCertificate } from "../control-plane/certificates.ts";
import type { KubeconfigRequest } from "../control-plane/kubeconfig.ts";
import type { ClusterNetwork } from "../control-plane/network.ts";
import type { ProcessSpec } from "../processes/detached-process.ts";

/** Name of the only node of the `node` cluster; its volumes are pinned to it. */
export const nodeName = "chattingo-node";

/** Everything the node needs of the running control plane. */
export interface NodeContext {
    /** The node's own folder below the lab's state: configuration, containerd's root, kubelet's root. Made already. */
    readonly folder: string;
    readonly nodeName: string;
    /** Its `hostAddress` is there on the interface `lab0` before `startNode` is called. */
    readonly network: ClusterNetwork;
    /** Kubeconfig of the cluster's administrator. */
    readonly adminKubeconfig: string;
    /** Certificate of the cluster's certificate authority (PEM). */
    readonly authorityCertificateFile: string;

    /**
     * Certificate and key signed by the cluster's authority, as files below the state folder; kubelet needs one for
     * serving, because the API server verifies it against the authority.
     */
    issueCertificate(request: CertificateRequest): Promise<IssuedCertificate>;

    /** Path of a kubeconfig with a client certificate of its own, for example of `system:node:chattingo-node`. */
    issueKubeconfig(request: KubeconfigRequest): Promise<string>;

    /** Path of the binary of a program listed in `lab/tools/go-tools.ts`, built already. */
    tool(name: string): Promise<string>;

    /**
     * Starts a program that outlives this process, waits until its health check passes, and records it: `lab status`
     * shows it and `lab down` ends it (SIGTERM, then SIGKILL), the last started first, after `stopNode` has returned.
     */
    startProcess(spec: ProcessSpec): Promise<void>;

    /** Ends one recorded program and waits until it is gone; does nothing if it is gone already. */
    stopProcess(name: string): Promise<void>;
}

/**
 * Makes the node and returns when it is Ready and cluster DNS answers. It may throw half-way: `stopNode` is called
 * then, as it is after a crash.
 */
export type StartNode = (context: NodeContext) => Promise<void>;

/**
 * Ends what recorded processes leave behind (pods, shims, mounts, network interfaces, iptables chains, cgroups), while
 * containerd still runs if it can. It runs in another process than `startNode` did, so it works from the folder and the
 * system alone; it must succeed however little is left, and twice in a row.
 */
export type StopNode = (context: NodeContext) => Promise<void>;
