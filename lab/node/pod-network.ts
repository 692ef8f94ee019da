// The network between pods: one virtual cable from each pod to the host, which routes.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeContext } from "./interface.ts";
import type { NodePaths } from "./paths.ts";

/** Name of the network; the files that CNI keeps in /var/lib/cni/results start with it. */
export const networkName = "chattingo-lab";

/** Writes the configuration that containerd reads (https://www.cni.dev/docs/spec/#configuration-format). */
export async function configurePodNetwork({ network }: NodeContext, paths: NodePaths): Promise<void> {
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
            // Lets pods through where the host drops what it forwards, as Docker makes it do.
            { type: "firewall", backend: "iptables" },
        ],
    };
    await writeFile(join(paths.networkConfig, "10-lab.conflist"), JSON.stringify(configuration, undefined, 2));
}
