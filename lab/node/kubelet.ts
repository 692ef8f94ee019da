// kubelet: registers the node and runs its pods through containerd.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { administratorPath } from "../tools/debian-packages.ts";
import { run } from "../tools/run.ts";
import type { NodeContext } from "./interface.ts";
import type { NodePaths } from "./paths.ts";

/** Name of its process in the lab. */
export const kubeletProcess = "kubelet";

const healthPort = 10248;

/** Seconds until the node must be Ready, from the moment kubelet is healthy. */
const patienceSeconds = 60;

/** Starts kubelet and waits until the node is Ready. */
export async function startKubelet(context: NodeContext, paths: NodePaths): Promise<void> {
    const { nodeName, network } = context;
    // The name and the group by which the node authorizer knows the node.
    const user = `system:node:${nodeName}`;
    const groups = ["system:nodes"];
    const kubeconfig = await context.issueKubeconfig({ name: "kubelet", user, groups });
    const serving = await context.issueCertificate({
        name: "kubelet-serving",
        commonName: user,
        organizations: groups,
        hosts: [nodeName, network.hostAddress],
    });
    await mkdir(paths.podLogs, { recursive: true });
    const configuration = kubeletConfiguration(context, paths, serving);
    await writeFile(paths.kubeletConfig, JSON.stringify(configuration, undefined, 2));
    await context.startProcess({
        name: kubeletProcess,
        command: await context.tool("kubelet"),
        args: [
            `--config=${paths.kubeletConfig}`,
            `--kubeconfig=${kubeconfig}`,
            `--root-dir=${paths.kubeletRoot}`,
            `--hostname-override=${nodeName}`,
            `--node-ip=${network.hostAddress}`,
        ],
        env: { PATH: administratorPath() },
        healthCheck: { url: `http://127.0.0.1:${healthPort}/healthz` },
    });
    await waitForNode(context);
}

/** @throws the last words of kubectl when the node is not Ready in time */
async function waitForNode({ adminKubeconfig, nodeName }: NodeContext): Promise<void> {
    const deadline = Date.now() + patienceSeconds * 1000;
    for (;;) {
        try {
            const timeout = `--timeout=${patienceSeconds}s`;
            await run("kubectl", ["wait", "--for=condition=Ready", `node/${nodeName}`, timeout], {
                env: { KUBECONFIG: adminKubeconfig },
            });
            return;
        } catch (error) {
            // kubectl fails at once while kubelet has not registered the node.
            if (Date.now() > deadline) {
                throw error;
            }
        }
    }
}

/** Fields of https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/, only where the default is wrong here. */
function kubeletConfiguration(
    { network, authorityCertificateFile }: NodeContext,
    paths: NodePaths,
    serving: { readonly certificateFile: string; readonly keyFile: string },
) {
    return {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
        // Nobody outside of this machine may reach it.
        address: network.hostAddress,
        healthzBindAddress: "127.0.0.1",
        healthzPort: healthPort,
        tlsCertFile: serving.certificateFile,
        tlsPrivateKeyFile: serving.keyFile,
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: authorityCertificateFile },
        },
        authorization: { mode: "Webhook" },
        clusterDNS: [network.dnsAddress],
        clusterDomain: network.clusterDomain,
        // systemd-resolved's usual file names a loopback address, which is another one in a pod.
        resolvConf: ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"].find((file) => existsSync(file)) ?? "",
        // The machine need not run systemd (a container, a small virtual machine).
        cgroupDriver: "cgroupfs",
        // Machines with the old cgroups or with swap are good enough for a lab.
        failCgroupV1: false,
        failSwapOn: false,
        // Lowering the score needs CAP_SYS_RESOURCE, which some machines withhold.
        oomScoreAdj: 0,
        // An image that was removed could not be pulled again.
        imageGCHighThresholdPercent: 100,
        // The defaults (10% and 15% of the disk) evict pods on a developer's well-filled disk. That is laxer than a real
        // node: no test here is about eviction, and rotation acts at 15%, before kubelet would (disk-space.ts).
        evictionHard: {
            "memory.available": "50Mi",
            "nodefs.available": "1%",
            "nodefs.inodesFree": "1%",
            "imagefs.available": "1%",
            "imagefs.inodesFree": "1%",
        },
        // The default would be made on the host.
        podLogsDir: paths.podLogs,
        volumePluginDir: join(paths.kubeletRoot, "volume-plugins"),
        // A mounted ConfigMap or Secret follows a change in seconds: nobody waits a minute in a lab.
        syncFrequency: "10s",
        // `down` ends pods itself.
        shutdownGracePeriod: "0s",
    };
}
