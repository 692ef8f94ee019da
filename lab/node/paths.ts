// Where the node keeps its files: everything below one folder, nothing in the places that a system's own containerd,
// kubelet or CNI would use.

import { join } from "node:path";

/** Paths of the node, all below its folder. */
export interface NodePaths {
    readonly containerdConfig: string;
    readonly containerdRoot: string;
    readonly containerdState: string;
    readonly containerdSocket: string;
    readonly runcRoot: string;
    /** Folder in which containerd looks for the configuration of the pod network. */
    readonly networkConfig: string;
    /** Folder in which `host-local` keeps the pods' addresses. */
    readonly networkAddresses: string;
    readonly kubeletConfig: string;
    readonly kubeletRoot: string;
    readonly podLogs: string;
    readonly kubeProxyConfig: string;
    /** What the host was like before the node started. */
    readonly hostRecord: string;
}

/** The longest path that Linux takes for a Unix socket (https://man7.org/linux/man-pages/man7/unix.7.html). */
const longestSocketPath = 107;

/** The longest name of a socket below the node's folder. */
const longestSocketName = "kubelet/pod-resources/kubelet.sock";

/** @throws an error when the folder's path is too long for the sockets in it */
export function assertFolderIsShort(folder: string): void {
    if (join(folder, longestSocketName).length > longestSocketPath) {
        throw new Error(
            `the path of the lab's state folder ${folder} is too long: with the sockets in it, it may have ${longestSocketPath} characters. Set CHATTINGO_LAB_RUN to a folder with a shorter path`,
        );
    }
}

/** The paths in the node's folder. */
export function nodePaths(folder: string): NodePaths {
    return {
        containerdConfig: join(folder, "containerd.toml"),
        containerdRoot: join(folder, "containerd"),
        containerdState: join(folder, "containerd-state"),
        containerdSocket: join(folder, "containerd.sock"),
        runcRoot: join(folder, "runc"),
        networkConfig: join(folder, "network"),
        networkAddresses: join(folder, "addresses"),
        kubeletConfig: join(folder, "kubelet.json"),
        kubeletRoot: join(folder, "kubelet"),
        podLogs: join(folder, "pod-logs"),
        kubeProxyConfig: join(folder, "kube-proxy.json"),
        hostRecord: join(folder, "host-before.json"),
    };
}
