// What watches the system: the exporter for Elasticsearch, what Prometheus reads, alerts and dashboards.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf } from "../labels.ts";
import type { SearchLogin } from "../search-login.ts";
import { ruleGroups } from "./alerts.ts";
import { dashboards } from "./dashboards.ts";
import { ElasticsearchExporter } from "./elasticsearch-exporter.ts";
import { monitoredServices, serviceMonitorSpec } from "./service-monitors.ts";

/** What {@link Monitoring} needs. */
export interface MonitoringArgs {
    readonly namespace: pulumi.Input<string>;
    /** Name of the stack, which every series has as a label, and the dashboards show. */
    readonly stack: string;
    /** Image of the exporter for Elasticsearch. */
    readonly exporterImage: string;
    readonly elasticsearchUrl: pulumi.Input<string>;
    /** The exporter's login; undefined where Elasticsearch asks nobody who they are. */
    readonly login?: SearchLogin;
    /** Where people reach Kibana; undefined: by `kubectl port-forward`. */
    readonly kibanaUrl?: string;
    /** The cluster has the Prometheus operator, with its resource types. */
    readonly hasOperator: boolean;
    /**
     * Labels of rules and ServiceMonitors beside the system's own. kube-prometheus-stack selects by `release`:
     * https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack#prometheusioscrape
     */
    readonly labels: Readonly<Record<string, string>>;
    /** Annotations of the ConfigMaps with dashboards, such as `grafana_folder` for the chart's sidecar. */
    readonly dashboardAnnotations: Readonly<Record<string, string>>;
}

const app = "monitoring";
const role = "monitoring";
const operatorApi = "monitoring.coreos.com/v1";

/** Provisions exporter, ServiceMonitors, rules and dashboards; without the operator, exporter and dashboards only. */
export class Monitoring extends pulumi.ComponentResource {
    constructor(name: string, args: MonitoringArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:Monitoring", name, {}, options);
        const { namespace } = args;
        const parent = { parent: this };

        new ElasticsearchExporter(
            "elasticsearch-exporter",
            {
                namespace,
                image: args.exporterImage,
                elasticsearchUrl: args.elasticsearchUrl,
                login: args.login,
            },
            parent,
        );

        if (args.hasOperator) {
            for (const service of monitoredServices) {
                new k8s.apiextensions.CustomResource(
                    service.name,
                    {
                        apiVersion: operatorApi,
                        kind: "ServiceMonitor",
                        metadata: {
                            name: service.name,
                            namespace,
                            labels: { ...args.labels, ...labelsOf(service.app, role) },
                        },
                        spec: serviceMonitorSpec(service, args.stack),
                    },
                    parent,
                );
            }
            new k8s.apiextensions.CustomResource(
                "chattingo-logging",
                {
                    apiVersion: operatorApi,
                    kind: "PrometheusRule",
                    metadata: {
                        name: "chattingo-logging",
                        namespace,
                        labels: { ...args.labels, ...labelsOf(app, role) },
                    },
                    spec: { groups: ruleGroups(args.stack) },
                },
                parent,
            );
        } else {
            void pulumi.log.info(
                "monitoring.operator is false: no alerts and no ServiceMonitors are made; Prometheus has to be told by other means",
                this,
            );
        }

        for (const dashboard of dashboards(args)) {
            new k8s.core.v1.ConfigMap(
                dashboard.name,
                {
                    metadata: {
                        name: dashboard.name,
                        namespace,
                        // https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards
                        labels: { ...labelsOf(app, role), grafana_dashboard: "1" },
                        annotations: { ...args.dashboardAnnotations },
                    },
                    data: { [`${dashboard.name}.json`]: dashboard.json },
                },
                parent,
            );
        }
        this.registerOutputs({});
    }
}
