// kube-proxy: makes the addresses of Services work, with iptables.

import { writeFile } from "node:fs/promises";
import { administratorPath } from "../tools/debian-packages.ts";
import type { NodeContext } from "./interface.ts";
import type { NodePaths } from "./paths.ts";

/** Name of its process in the lab. */
export const kubeProxyProcess = "kube-proxy";

const healthAddress = "127.0.0.1:10256";

/** Starts kube-proxy and waits until it is healthy. */
export async function startKubeProxy(context: NodeContext, paths: NodePaths): Promise<void> {
    const kubeconfig = await context.issueKubeconfig({ name: "kube-proxy", user: "system:kube-proxy" });
    const configuration = kubeProxyConfiguration(context, kubeconfig);
    await writeFile(paths.kubeProxyConfig, JSON.stringify(configuration, undefined, 2));
    await context.startProcess({
        name: kubeProxyProcess,
        command: await context.tool("kube-proxy"),
        args: [`--config=${paths.kubeProxyConfig}`],
        env: { PATH: administratorPath() },
        healthCheck: { url: `http://${healthAddress}/livez` },
    });
}

/** Fields of https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/, only where the default is wrong here. */
function kubeProxyConfiguration({ nodeName, network }: NodeContext, kubeconfig: string) {
    return {
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        clientConnection: { kubeconfig },
        hostnameOverride: nodeName,
        mode: "iptables",
        clusterCIDR: network.podCidr,
        healthzBindAddress: healthAddress,
        metricsBindAddress: "127.0.0.1:10249",
        // Node ports stay on this machine.
        nodePortAddresses: [`${network.hostAddress}/32`],
        iptables: {
            // Node ports on 127.0.0.1 would open loopback to the network (route_localnet).
            localhostNodePorts: false,
            // The default of a second spares large clusters; here it would only make new Services late.
            minSyncPeriod: "100ms",
        },
        // Zero leaves the host's limits as they are.
        conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
        // Lowering the score needs CAP_SYS_RESOURCE, which some machines withhold.
        oomScoreAdj: 0,
    };
}
