// What a Kubernetes node takes from Debian rather than from a Go module.

import type { DebianPackage } from "../tools/debian-packages.ts";

/** Where Debian's package puts the CNI plugins, which is not where containerd looks by default. */
export const cniPluginFolder = "/usr/lib/cni";

/** The packages of the node. */
export const nodePackages: readonly DebianPackage[] = [
    { name: "containerd", provides: "containerd" },
    { name: "runc", provides: "runc" },
    { name: "containernetworking-plugins", provides: `${cniPluginFolder}/ptp` },
    // kube-proxy deletes stale UDP flows with it; without it DNS fails for a while after CoreDNS restarts.
    { name: "conntrack", provides: "conntrack" },
    { name: "iptables", provides: "iptables" },
    { name: "nftables", provides: "nft" },
    // What kube-router keeps the addresses of pods in.
    { name: "ipset", provides: "ipset" },
    // These three make the images: Debian's root file system, and the static pause program.
    { name: "debootstrap", provides: "debootstrap" },
    { name: "gcc", provides: "cc" },
    { name: "libc6-dev", provides: "/usr/include/stdio.h" },
];
