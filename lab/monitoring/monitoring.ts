// Prometheus with what every monitored cluster has beside it, on the lab's real node: Alertmanager, node-exporter and
// kube-state-metrics. They are processes of this machine, which reaches pods by their addresses, and parts of the lab: its
// status shows them and its end ends them.
//
// Nothing follows changes, as the operator would: a call after `pulumi up` reads ServiceMonitors and rules again.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { clusterFolder, kubeconfigFile, lockFile } from "../cluster-kind.ts";
import { withLock } from "../cluster-lock.ts";
import { runningNode } from "../cluster-parts.ts";
import { checkoutFolder, readClusterState } from "../cluster-state.ts";
import { applyObjects } from "../control-plane/apply-objects.ts";
import { kubectl } from "../control-plane/kubectl.ts";
import type { NodeContext } from "../node/interface.ts";
import { assertPortsAreFree } from "../ports.ts";
import { type ProcessSpec, processStatuses, stopProcess } from "../processes/detached-process.ts";
import { installDebianPackages, requireProgram } from "../tools/debian-packages.ts";
import { say, step } from "../tools/progress.ts";
import { writeWhole } from "../write-whole.ts";
import { kubeStateMetricsUser, monitoringAccess, prometheusUser } from "./access.ts";
import { assertKnownFields } from "./known-fields.ts";
import { monitoringPackages } from "./packages.ts";
import { alertmanagerUrl, monitoringPorts, prometheusUrl } from "./ports.ts";
import { prometheusConfiguration } from "./prometheus-configuration.ts";
import type { ServiceMonitor } from "./service-monitor.ts";
import { type RuleGroup, withShorterTimes } from "./shorter-times.ts";

/** How the lab is monitored. */
export interface MonitoringOptions {
    /** What all times of rules and scrapes are divided by (see `shorter-times.ts`); 1 by default. */
    readonly timeFactor?: number;
}

interface PrometheusRule {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: { readonly groups: readonly RuleGroup[] };
}

/** Names of the processes. */
const partNames = ["target-discovery", "prometheus", "alertmanager", "node-exporter", "kube-state-metrics"] as const;

const loopback = "127.0.0.1";
const kubeletPort = 10250;

/** Kinds of objects whose state is shown: those that the rules of a namespace are about. */
const shownResources = [
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "persistentvolumeclaims",
    "pods",
    "statefulsets",
];

/**
 * Starts the monitoring of the lab's real node with the ServiceMonitors and PrometheusRules that are in the cluster now,
 * or, when it runs, has Prometheus read them again. Builds and installs first what the machine lacks.
 *
 * @throws an error when no lab runs, when one of the objects has a field that the lab does not know, or when a part does
 * not start
 */
export async function startMonitoring({ timeFactor = 1 }: MonitoringOptions = {}): Promise<void> {
    if (!(timeFactor >= 1)) {
        throw new RangeError(`timeFactor is ${timeFactor}: 1 or more is expected`);
    }
    const state = await readClusterState("node");
    if (state?.phase !== "running") {
        throw new Error("no node lab is running: start it with `lab/lab up --kind node`");
    }
    await installDebianPackages(monitoringPackages);
    const node = runningNode(state);
    const kubeStateMetrics = await node.tool("kube-state-metrics");
    await withLock(lockFile("node"), `\`lab monitoring\` from ${checkoutFolder}`, async () => {
        const folder = join(clusterFolder("node"), "monitoring");
        await mkdir(folder, { recursive: true });
        await applyObjects(node.adminKubeconfig, monitoringAccess);
        const configurationFile = await configure(node, folder, timeFactor);
        if (await areRunning()) {
            await reload();
            return;
        }
        await stopMonitoring();
        // Not before: kube-state-metrics restarts when its kubeconfig is written.
        const parts = await monitoringParts(node, folder, configurationFile, kubeStateMetrics);
        await assertPortsAreFree(monitoringPorts, [loopback]);
        await step("starting Prometheus and what it reads", "seconds", () => Promise.all(parts.map(node.startProcess)));
    });
    say(`Prometheus: ${prometheusUrl}; Alertmanager: ${alertmanagerUrl}`);
}

/** Ends what {@link startMonitoring} started; does nothing when it does not run. The lab goes on. */
export async function stopMonitoring(): Promise<void> {
    for (const name of partNames) {
        await stopProcess(clusterFolder("node"), name);
    }
}

/** Writes Prometheus' configuration and rules, and returns the file of the configuration. */
async function configure(node: NodeContext, folder: string, timeFactor: number): Promise<string> {
    const [serviceMonitors, rules] = await Promise.all([
        objects<ServiceMonitor>("servicemonitors.monitoring.coreos.com"),
        objects<PrometheusRule>("prometheusrules.monitoring.coreos.com"),
    ]);
    const groups = rules.flatMap(({ metadata, spec }) => {
        assertKnownFields(spec, ["groups"], `PrometheusRule ${metadata.namespace}/${metadata.name}`);
        return withShorterTimes(spec.groups, timeFactor);
    });
    const ruleFile = join(folder, "rules.json");
    await writeWhole(ruleFile, JSON.stringify({ groups }, undefined, 2));
    const client = await node.issueCertificate({ name: "prometheus-kubelet", commonName: prometheusUser });
    const configuration = prometheusConfiguration({
        serviceMonitors,
        ruleFile,
        kubelet: {
            address: `${node.network.hostAddress}:${kubeletPort}`,
            authorityFile: node.authorityCertificateFile,
            ...client,
        },
        timeFactor,
    });
    const file = join(folder, "prometheus.json");
    await writeWhole(file, JSON.stringify(configuration, undefined, 2));
    return file;
}

async function objects<T>(type: string): Promise<readonly T[]> {
    const answer = await kubectl(kubeconfigFile("node"), ["get", type, "--all-namespaces", "-o", "json"]);
    return (JSON.parse(answer) as { readonly items: readonly T[] }).items;
}

async function monitoringParts(
    node: NodeContext,
    folder: string,
    configurationFile: string,
    kubeStateMetrics: string,
): Promise<readonly (ProcessSpec & { readonly name: (typeof partNames)[number] })[]> {
    const ports = monitoringPorts;
    const alertmanagerFile = join(folder, "alertmanager.json");
    // Nobody is called: who wants to know asks Alertmanager.
    const nobody = { route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] };
    await writeWhole(alertmanagerFile, JSON.stringify(nobody));
    const kubeconfig = await node.issueKubeconfig({ name: "kube-state-metrics", user: kubeStateMetricsUser });
    const discoveryKubeconfig = await node.issueKubeconfig({ name: "prometheus", user: prometheusUser });
    return [
        {
            name: "target-discovery",
            command: process.execPath,
            args: [
                join(import.meta.dirname, "target-discovery.ts"),
                `--kubeconfig=${discoveryKubeconfig}`,
                `--port=${ports.targetDiscovery}`,
            ],
            healthCheck: { url: `http://${loopback}:${ports.targetDiscovery}/ready` },
        },
        {
            name: "prometheus",
            command: await requireProgram("prometheus"),
            args: [
                `--config.file=${configurationFile}`,
                `--storage.tsdb.path=${join(folder, "prometheus")}`,
                `--web.listen-address=${loopback}:${ports.prometheus}`,
                "--web.enable-lifecycle",
            ],
            healthCheck: { url: `${prometheusUrl}/-/ready` },
        },
        {
            name: "alertmanager",
            command: await requireProgram("prometheus-alertmanager"),
            args: [
                `--config.file=${alertmanagerFile}`,
                `--storage.path=${join(folder, "alertmanager")}`,
                `--web.listen-address=${loopback}:${ports.alertmanager}`,
                // Without an address it looks for no other Alertmanager.
                "--cluster.listen-address=",
            ],
            healthCheck: { url: `${alertmanagerUrl}/-/ready` },
        },
        {
            name: "node-exporter",
            command: await requireProgram("prometheus-node-exporter"),
            args: [`--web.listen-address=${loopback}:${ports.nodeExporter}`],
            healthCheck: { url: `http://${loopback}:${ports.nodeExporter}/` },
        },
        {
            name: "kube-state-metrics",
            command: kubeStateMetrics,
            args: [
                `--kubeconfig=${kubeconfig}`,
                `--resources=${shownResources.join(",")}`,
                `--host=${loopback}`,
                `--port=${ports.kubeStateMetrics}`,
                `--telemetry-host=${loopback}`,
                `--telemetry-port=${ports.kubeStateMetricsTelemetry}`,
            ],
            healthCheck: { url: `http://${loopback}:${ports.kubeStateMetrics}/livez` },
        },
    ];
}

async function areRunning(): Promise<boolean> {
    const statuses = await processStatuses(clusterFolder("node"));
    return partNames.every((name) => statuses.some((status) => status.name === name && status.healthy));
}

/** @throws an error with Prometheus' reason when it refuses the configuration */
async function reload(): Promise<void> {
    const answer = await fetch(`${prometheusUrl}/-/reload`, { method: "POST" });
    if (!answer.ok) {
        throw new Error(`Prometheus refuses its configuration: ${await answer.text()}`);
    }
}
