// Makes this machine a node of the lab's cluster: containerd, the pod network, kubelet, kube-proxy and cluster DNS.

import { applyClusterDns, waitForClusterDns } from "./cluster-dns.ts";
import { importImages, startContainerd } from "./containerd.ts";
import { raiseSettings, recordHost } from "./host-record.ts";
import type { StartNode } from "./interface.ts";
import { startKubeProxy } from "./kube-proxy.ts";
import { startKubelet } from "./kubelet.ts";
import { nodePaths } from "./paths.ts";
import { configurePodNetwork } from "./pod-network.ts";
import { assertNoForeignPods } from "./pod-processes.ts";
import { prepareNode } from "./prepare.ts";

export { stopNode } from "./stop.ts";

/** Makes the node and returns when cluster DNS answers, for which everything else must work. */
export const startNode: StartNode = async (context) => {
    const paths = nodePaths(context.folder);
    const images = await prepareNode(context.tool);
    await assertNoForeignPods();
    await recordHost(paths.hostRecord);
    await raiseSettings();
    await configurePodNetwork(context, paths);
    await startContainerd(context, paths);
    await Promise.all([
        // A pod whose image is not there yet would be put off for seconds.
        importImages(paths, images).then(() => startKubelet(context, paths)),
        startKubeProxy(context, paths),
        applyClusterDns(context),
    ]);
    await waitForClusterDns(context);
};
