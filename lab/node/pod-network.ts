// The network between pods: one virtual cable from each pod to the host, which routes.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterNetwork } from "../control-plane/network.ts";
import type { NodeContext } from "./interface.ts";
import { addRules } from "./iptables.ts";
import type { NodePaths } from "./paths.ts";
import { closeServiceRange } from "./service-range.ts";

/** Name of the network; the files that CNI keeps in /var/lib/cni/results start with it. */
export const networkName = "chattingo-lab";

/** Sets up what the host needs to route between pods, and writes the configuration that containerd reads (https://www.cni.dev/docs/spec/#configuration-format). */
export async function configurePodNetwork({ network }: NodeContext, paths: NodePaths): Promise<void> {
    await addRules(forwardingRules(network));
    await closeServiceRange(network);
    await mkdir(paths.networkConfig, { recursive: true });
    const configuration = {
        cniVersion: "1.0.0",
        name: networkName,
        plugins: [
            {
                // Rather than `bridge`: on a bridge the answer of a Service's pod to a pod beside it takes the short way
                // and is never translated back, unless the kernel has br_netfilter and passes bridged packets to
                // iptables. Cables that the host routes need no module, no setting and leave no bridge behind.
                type: "ptp",
                ipMasq: true,
                ipam: {
                    type: "host-local",
                    dataDir: paths.networkAddresses,
                    // The whole range: the cluster has this node only.
                    ranges: [[{ subnet: network.podCidr }]],
                    routes: [{ dst: "0.0.0.0/0" }],
                },
            },
        ],
    };
    await writeFile(join(paths.networkConfig, "10-lab.conflist"), JSON.stringify(configuration, undefined, 2));
}

/** Where the host drops what it forwards, as Docker makes it do, pods are let through. */
function forwardingRules({ podCidr }: ClusterNetwork): readonly string[] {
    return [
        "*filter",
        ":LAB-FORWARD - [0:0]",
        `-A LAB-FORWARD -s ${podCidr} -j ACCEPT`,
        `-A LAB-FORWARD -d ${podCidr} -j ACCEPT`,
        "-A FORWARD -j LAB-FORWARD",
        "COMMIT",
    ];
}
