// Makes this machine a node of the lab's cluster: containerd, the pod network, kubelet, kube-proxy, cluster DNS and
// a firewall that enforces NetworkPolicies.

import { step } from "../tools/progress.ts";
import { applyClusterDns, waitForClusterDns } from "./cluster-dns.ts";
import { startContainerd } from "./containerd.ts";
import { raiseSettings, recordHost } from "./host-record.ts";
import { copyImageStore } from "./image-store.ts";
import type { StartNode } from "./interface.ts";
import { startKubeProxy } from "./kube-proxy.ts";
import { startKubelet } from "./kubelet.ts";
import { enforceNetworkPolicies } from "./network-policies.ts";
import { assertFolderIsShort, nodePaths } from "./paths.ts";
import { configurePodNetwork } from "./pod-network.ts";
import { assertNoForeignPods } from "./pod-processes.ts";
import { prepareNode } from "./prepare.ts";

export { stopNode } from "./stop.ts";

/** Makes the node and returns when cluster DNS answers, for which everything else but the firewall must work. */
export const startNode: StartNode = async (context) => {
    assertFolderIsShort(context.folder);
    const paths = nodePaths(context.folder);
    const images = await prepareNode(context.tool);
    await assertNoForeignPods();
    await recordHost(paths.hostRecord);
    await step("starting the real node", "about 10 s", async () => {
        await raiseSettings();
        await configurePodNetwork(context, paths);
        await copyImageStore(images, paths.containerdRoot);
        await startContainerd(context, paths);
        await Promise.all([
            startKubelet(context, paths).then(() => applyClusterDns(context)),
            startKubeProxy(context, paths),
        ]);
        await waitForClusterDns(context);
        await enforceNetworkPolicies(context);
    });
};
