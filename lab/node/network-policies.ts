// kube-router as the node's firewall, and as nothing else: it refuses what no NetworkPolicy allows, with iptables and IP
// sets (https://www.kube-router.io/docs/how-it-works/). Routes and Services are not its business here.

import { applyObjects, type KubernetesObject } from "../control-plane/apply-objects.ts";
import { administratorPath } from "../tools/debian-packages.ts";
import type { NodeContext } from "./interface.ts";

/** Name of its process in the lab. */
export const kubeRouterProcess = "kube-router";

const metricsPort = 20_245;

/** Who it is to the API server. */
const user = "kube-router";

/** Starts it and waits until it answers; the node must be known to the API server. */
export async function enforceNetworkPolicies(context: NodeContext): Promise<void> {
    await applyObjects(context.adminKubeconfig, rights());
    const kubeconfig = await context.issueKubeconfig({ name: user, user });
    await context.startProcess({
        name: kubeRouterProcess,
        command: await context.tool("kube-router"),
        args: [
            "--run-firewall=true",
            "--run-router=false",
            "--run-service-proxy=false",
            `--kubeconfig=${kubeconfig}`,
            `--hostname-override=${context.nodeName}`,
            `--service-cluster-ip-range=${context.network.serviceCidr}`,
            // Its health check would listen on every address of the machine; its metrics need not.
            "--health-port=0",
            "--metrics-addr=127.0.0.1",
            `--metrics-port=${metricsPort}`,
        ],
        env: { PATH: administratorPath() },
        healthCheck: { url: `http://127.0.0.1:${metricsPort}/metrics` },
    });
}

/** It looks, and changes nothing in the cluster. */
function rights(): readonly KubernetesObject[] {
    const looked = ["list", "watch"];
    return [
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name: user },
            rules: [
                { apiGroups: [""], resources: ["nodes"], verbs: ["get", ...looked] },
                { apiGroups: [""], resources: ["pods", "namespaces", "services", "endpoints"], verbs: looked },
                { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: looked },
                { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: looked },
            ],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: user },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: user },
            subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
        },
    ];
}
