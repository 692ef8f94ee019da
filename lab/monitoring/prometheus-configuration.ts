// Prometheus' configuration: what ServiceMonitors select, and what every monitored cluster has, as kube-prometheus reads it.

import { monitoringPorts } from "./ports.ts";
import { type ScrapeConfiguration, type ServiceMonitor, scrapeConfigurations } from "./service-monitor.ts";
import { shorterDuration } from "./shorter-times.ts";

/** What the configuration depends on. */
export interface PrometheusConfigurationArgs {
    readonly serviceMonitors: readonly ServiceMonitor[];
    readonly ruleFile: string;
    readonly kubelet: KubeletTarget;
    /** What all times of rules and scrapes are divided by. */
    readonly timeFactor: number;
}

/** The kubelet whose metrics are read. */
export interface KubeletTarget {
    /** Host and port. */
    readonly address: string;
    readonly authorityFile: string;
    /** Certificate and key of a client that may read them. */
    readonly certificateFile: string;
    readonly keyFile: string;
}

/** Seconds between two scrapes, and between two evaluations of the rules: the operator's default for both. */
const defaultInterval = "30s";

/** Prometheus' configuration (https://prometheus.io/docs/prometheus/latest/configuration/configuration/), to be written as JSON. */
export function prometheusConfiguration(args: PrometheusConfigurationArgs): object {
    const { serviceMonitors, timeFactor } = args;
    const discoveryUrl = `http://${loopback(monitoringPorts.targetDiscovery)}/targets`;
    const interval = shorterDuration(defaultInterval, timeFactor);
    return {
        global: { scrape_interval: interval, evaluation_interval: interval },
        rule_files: [args.ruleFile],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [loopback(monitoringPorts.alertmanager)] }] }] },
        scrape_configs: [
            ...serviceMonitors.flatMap((monitor) => scrapeConfigurations(monitor, discoveryUrl, timeFactor)),
            ...clusterJobs(args.kubelet),
        ],
    };
}

/** Jobs that bring labels such as `namespace` themselves, which count then. */
function clusterJobs({
    address,
    authorityFile,
    certificateFile,
    keyFile,
}: KubeletTarget): readonly ScrapeConfiguration[] {
    return [
        {
            job_name: "kubelet",
            honor_labels: true,
            scheme: "https",
            tls_config: { ca_file: authorityFile, cert_file: certificateFile, key_file: keyFile },
            static_configs: [{ targets: [address] }],
            // kubelet has thousands of series, of which the system's rules need those of the volumes.
            metric_relabel_configs: [{ action: "keep", source_labels: ["__name__"], regex: "kubelet_volume_stats_.*" }],
        },
        {
            job_name: "kube-state-metrics",
            honor_labels: true,
            static_configs: [{ targets: [loopback(monitoringPorts.kubeStateMetrics)] }],
        },
        { job_name: "node-exporter", static_configs: [{ targets: [loopback(monitoringPorts.nodeExporter)] }] },
    ];
}

function loopback(port: number): string {
    return `127.0.0.1:${port}`;
}
