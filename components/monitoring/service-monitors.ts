// Which Services Prometheus reads: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor

import { elasticsearchExporterName } from "./elasticsearch-exporter.ts";

/** A ServiceMonitor by its name, and the label `app` of the Service that it selects. */
export interface MonitoredService {
    readonly name: string;
    readonly app: string;
}

/** Every ServiceMonitor. */
export const monitoredServices: readonly MonitoredService[] = [
    { name: "elasticsearch", app: elasticsearchExporterName },
    { name: "filebeat", app: "filebeat" },
    { name: "kibana", app: "kibana" },
    { name: "s3-uploader", app: "s3-uploader" },
];

/** Seconds between two scrapes: the shortest rate of an alert covers four. */
export const scrapeSeconds = 30;

/**
 * The specification of a ServiceMonitor.
 *
 * @param stack becomes a label of every series: one Grafana may show the stacks of several clusters
 */
export function serviceMonitorSpec({ app }: MonitoredService, stack: string): object {
    return {
        selector: { matchLabels: { app, tier: "logging" } },
        endpoints: [
            {
                port: "metrics",
                path: "/metrics",
                interval: `${scrapeSeconds}s`,
                relabelings: [{ targetLabel: "stack", replacement: stack }],
            },
        ],
    };
}
