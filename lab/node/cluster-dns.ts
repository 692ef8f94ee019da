// CoreDNS in a pod, which answers for Services. Names outside of the cluster are refused: the lab needs nothing there.

import { Resolver } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { applyObjects, type KubernetesObject } from "../control-plane/apply-objects.ts";
import type { ClusterNetwork } from "../control-plane/network.ts";
import { corednsImage } from "../images/images.ts";
import { run } from "../tools/run.ts";
import type { NodeContext } from "./interface.ts";

const namespace = "kube-system";
const name = "coredns";

/** Where every cluster's name service listens: policies name the port of the pod, not that of its Service. */
const dnsPort = 53;
const healthPort = 8080;
const readyPort = 8181;

/** Seconds until DNS must answer, from the moment its objects are created. */
const patienceSeconds = 90;

/** Creates the DNS server in the cluster. */
export function applyClusterDns({ adminKubeconfig, network }: NodeContext): Promise<void> {
    return applyObjects(adminKubeconfig, clusterDns(network));
}

/**
 * Waits until cluster DNS answers at its Service's address: then the node is Ready, containers run, pods reach the API
 * server, and Services work.
 *
 * @throws an error with the state of its pod when that takes too long
 */
export async function waitForClusterDns({ adminKubeconfig, network }: NodeContext): Promise<void> {
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([network.dnsAddress]);
    const deadline = Date.now() + patienceSeconds * 1000;
    let failure: unknown;
    while (Date.now() < deadline) {
        try {
            await resolver.resolve4(`kubernetes.default.svc.${network.clusterDomain}`);
            return;
        } catch (error) {
            failure = error;
            await sleep(100);
        }
    }
    const state = await run("kubectl", ["get", "nodes,pods,events", "--namespace", namespace, "--output=wide"], {
        env: { KUBECONFIG: adminKubeconfig },
    });
    throw new Error(`cluster DNS does not answer after ${patienceSeconds} s (${failure}):\n${state}`);
}

/** Plugins of the Corefile are those that `lab/tools/go/coredns/main.go` builds in. */
function corefile({ clusterDomain }: ClusterNetwork): string {
    return `.:${dnsPort} {
    errors
    health :${healthPort}
    ready :${readyPort}
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
    loop
    reload
}
`;
}

function clusterDns(network: ClusterNetwork): readonly KubernetesObject[] {
    const labels = { "k8s-app": "kube-dns" };
    const roleName = "system:coredns";
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name: roleName },
            rules: [
                { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
                { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
            ],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: roleName },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName },
            subjects: [{ kind: "ServiceAccount", name, namespace }],
        },
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { Corefile: corefile(network) } },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "kube-dns", namespace, labels },
            spec: {
                selector: labels,
                clusterIP: network.dnsAddress,
                ports: [
                    { name: "dns", protocol: "UDP", port: 53, targetPort: dnsPort },
                    { name: "dns-tcp", protocol: "TCP", port: 53, targetPort: dnsPort },
                ],
            },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace, labels },
            spec: {
                replicas: 1,
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: dnsPod() },
            },
        },
    ];
}

function dnsPod() {
    return {
        serviceAccountName: name,
        priorityClassName: "system-cluster-critical",
        // Not its own: it has to start before cluster DNS answers.
        dnsPolicy: "Default",
        // The taint of a new node goes a moment after the node is Ready; to be refused then costs seconds of back-off.
        tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoSchedule" }],
        securityContext: {
            runAsNonRoot: true,
            seccompProfile: { type: "RuntimeDefault" },
            // So the server needs no capability for its port.
            sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "53" }],
        },
        containers: [
            {
                name,
                image: corednsImage,
                imagePullPolicy: "Never",
                args: ["-conf", "/etc/coredns/Corefile"],
                ports: [
                    { name: "dns", protocol: "UDP", containerPort: dnsPort },
                    { name: "dns-tcp", protocol: "TCP", containerPort: dnsPort },
                ],
                resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                },
                livenessProbe: { httpGet: { path: "/health", port: healthPort }, failureThreshold: 5 },
                readinessProbe: { httpGet: { path: "/ready", port: readyPort }, periodSeconds: 1 },
                volumeMounts: [{ name: "configuration", mountPath: "/etc/coredns", readOnly: true }],
            },
        ],
        volumes: [{ name: "configuration", configMap: { name } }],
    };
}
