// The two dashboards, as Grafana's sidecar loads them from ConfigMaps with the label `grafana_dashboard`.

import {
    DashboardBuilder,
    DashboardLinkBuilder,
    DashboardLinkType,
    DatasourceVariableBuilder,
    QueryVariableBuilder,
    RowBuilder,
    ThresholdsConfigBuilder,
    ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { namespaceName } from "../labels.ts";
import { recorded } from "./alerts.ts";

/** A dashboard by the name of its file. */
export interface Dashboard {
    readonly name: string;
    /** As Grafana imports it. */
    readonly json: string;
}

/** One value of a panel over time. */
interface Query {
    readonly expr: string;
    /** Name of the line; `{{label}}` stands for a label's value. */
    readonly legend: string;
}

/** A panel of one of two kinds. */
interface PanelOptions {
    readonly title: string;
    readonly description: string;
    /** Unit as Grafana names it. */
    readonly unit: string;
    readonly queries: readonly Query[];
    /** From these values on it is yellow and red; none by default. */
    readonly thresholds?: { readonly warning: number; readonly critical: number };
}

const datasource = { type: "prometheus", uid: "$datasource" };
const ofSystem = `namespace="${namespaceName}"`;
/** Values of the template variable, as a regular expression. */
const ofCategory = 'category=~"$category"';
const eventsOfCategory = `filebeat_events_total{${ofSystem},${ofCategory}}`;

/** Both dashboards. @param kibanaUrl where people reach Kibana; undefined: no link to it */
export function dashboards(stack: string, kibanaUrl?: string): readonly Dashboard[] {
    return [logsOverview(stack, kibanaUrl), elkStack(stack, kibanaUrl)];
}

function logsOverview(stack: string, kibanaUrl: string | undefined): Dashboard {
    const builder = dashboard("chattingo-logs-overview", "Chattingo Logs Overview", stack, kibanaUrl)
        .withVariable(
            new QueryVariableBuilder("category")
                .label("Category")
                .datasource(datasource)
                .query(`label_values(filebeat_events_total{${ofSystem}}, category)`)
                .multi(true)
                .includeAll(true)
                .allValue(".*"),
        )
        .withRow(new RowBuilder("Lines"))
        .withPanel(
            timeseries({
                title: "Log volume by category",
                description: "Lines a second.",
                unit: "cps",
                queries: [{ expr: `sum by (category) (rate(${eventsOfCategory}[5m]))`, legend: "{{category}}" }],
            }),
        )
        .withPanel(
            timeseries({
                title: "Error rate",
                description: "Lines a second of the error log; above 10 somebody is called.",
                unit: "cps",
                queries: [
                    { expr: `sum(rate(filebeat_events_total{${ofSystem},category="error"}[5m]))`, legend: "now" },
                    {
                        expr: `sum(rate(filebeat_events_total{${ofSystem},category="error"}[5m] offset 1d))`,
                        legend: "a day ago",
                    },
                ],
                thresholds: { warning: 5, critical: 10 },
            }),
        )
        .withPanel(
            stat({
                title: "Recent critical errors",
                description: "Lines of the error log within the last hour; Kibana's saved search shows them.",
                unit: "short",
                queries: [
                    {
                        expr: `sum(increase(filebeat_events_total{${ofSystem},category="error"}[1h]))`,
                        legend: "last hour",
                    },
                ],
                thresholds: { warning: 100, critical: 36_000 },
            }),
        )
        .withRow(new RowBuilder("Where they are"))
        .withPanel(
            timeseries({
                title: "Elasticsearch index status",
                description: "Documents of each index of the system.",
                unit: "short",
                queries: [
                    {
                        expr: `max by (index) (elasticsearch_indices_docs_primary{${ofSystem},index=~".*chattingo-.*"})`,
                        legend: "{{index}}",
                    },
                ],
            }),
        )
        .withPanel(
            timeseries({
                title: "Size of the indices",
                description: "Bytes on disk with all copies.",
                unit: "bytes",
                queries: [
                    {
                        expr: `max by (index) (elasticsearch_indices_store_size_bytes_total{${ofSystem},index=~".*chattingo-.*"})`,
                        legend: "{{index}}",
                    },
                ],
            }),
        )
        .withPanel(
            timeseries({
                title: "Volumes in use",
                description: "Log and archive volumes; above 80% somebody is called.",
                unit: "percentunit",
                queries: [{ expr: recorded.volumeUse, legend: "{{volume}} {{pod}}" }],
                thresholds: { warning: 0.7, critical: 0.8 },
            }),
        )
        .withPanel(
            stat({
                title: "Archives waiting",
                description: "Archives on the volume that S3 has not confirmed.",
                unit: "short",
                queries: [{ expr: `max(chattingo_s3_uploader_archives_waiting{${ofSystem}})`, legend: "archives" }],
            }),
        );
    return { name: "chattingo-logs-overview", json: json(builder) };
}

function elkStack(stack: string, kibanaUrl: string | undefined): Dashboard {
    const builder = dashboard("chattingo-elk-stack", "ELK Stack Monitoring", stack, kibanaUrl)
        .withRow(new RowBuilder("Elasticsearch"))
        .withPanel(
            stat({
                title: "Cluster health",
                description: "0 is green, 1 yellow, 2 red.",
                unit: "short",
                queries: [
                    {
                        expr: `max(elasticsearch_cluster_health_status{${ofSystem},color="yellow"}) + 2 * max(elasticsearch_cluster_health_status{${ofSystem},color="red"})`,
                        legend: "health",
                    },
                ],
                thresholds: { warning: 1, critical: 2 },
            }),
        )
        .withPanel(
            timeseries({
                title: "JVM memory",
                description: "Share of the heap in use, by node.",
                unit: "percentunit",
                queries: [
                    {
                        expr: `elasticsearch_jvm_memory_used_bytes{${ofSystem},area="heap"} / elasticsearch_jvm_memory_max_bytes{${ofSystem},area="heap"}`,
                        legend: "{{name}}",
                    },
                ],
                thresholds: { warning: 0.75, critical: 0.9 },
            }),
        )
        .withPanel(
            timeseries({
                title: "Documents indexed",
                description: "Documents a second, by node.",
                unit: "cps",
                queries: [
                    {
                        expr: `rate(elasticsearch_indices_indexing_index_total{${ofSystem}}[5m])`,
                        legend: "{{name}}",
                    },
                ],
            }),
        )
        .withRow(new RowBuilder("Filebeat"))
        .withPanel(
            timeseries({
                title: "Filebeat event rates",
                description:
                    "Events a second that were published and acknowledged; the two are the same but for moments.",
                unit: "cps",
                queries: [
                    {
                        expr: `sum(rate(filebeat_pipeline_events_published_total{${ofSystem}}[5m]))`,
                        legend: "published",
                    },
                    {
                        expr: `sum(rate(filebeat_output_events_acked_total{${ofSystem}}[5m]))`,
                        legend: "acknowledged",
                    },
                    {
                        expr: `sum(rate(filebeat_output_events_failed_total{${ofSystem}}[5m]))`,
                        legend: "sent again",
                    },
                ],
            }),
        )
        .withPanel(
            timeseries({
                title: "Events waiting in Filebeat",
                description: "Events in the queue of each node that Elasticsearch has not acknowledged.",
                unit: "short",
                queries: [{ expr: `filebeat_pipeline_events_active{${ofSystem}}`, legend: "{{pod}}" }],
            }),
        )
        .withRow(new RowBuilder("Kibana"))
        .withPanel(
            timeseries({
                title: "Kibana response times",
                description: "Mean and longest answer since Kibana's last report.",
                unit: "s",
                queries: [
                    { expr: `kibana_response_time_average_seconds{${ofSystem}}`, legend: "mean" },
                    { expr: `kibana_response_time_longest_seconds{${ofSystem}}`, legend: "longest" },
                ],
                thresholds: { warning: 2, critical: 10 },
            }),
        );
    return { name: "chattingo-elk-stack", json: json(builder) };
}

function dashboard(uid: string, title: string, stack: string, kibanaUrl: string | undefined): DashboardBuilder {
    const builder = new DashboardBuilder(title)
        .uid(uid)
        .description(`The logging system of ${stack}.`)
        .tags(["chattingo", "logging", stack])
        .refresh("1m")
        .time({ from: "now-6h", to: "now" })
        .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"))
        .link(
            new DashboardLinkBuilder("Logging").type(DashboardLinkType.Dashboards).tags(["chattingo"]).asDropdown(true),
        );
    return kibanaUrl === undefined
        ? builder
        : builder.link(new DashboardLinkBuilder("Kibana").type(DashboardLinkType.Link).url(kibanaUrl));
}

function timeseries(options: PanelOptions): TimeseriesBuilder {
    const panel = new TimeseriesBuilder()
        .title(options.title)
        .description(options.description)
        .datasource(datasource)
        .unit(options.unit)
        .min(0)
        .height(8)
        .span(12)
        .thresholds(thresholds(options));
    for (const query of options.queries) {
        panel.withTarget(target(query));
    }
    return panel;
}

function stat(options: PanelOptions): StatBuilder {
    const panel = new StatBuilder()
        .title(options.title)
        .description(options.description)
        .datasource(datasource)
        .unit(options.unit)
        .height(8)
        .span(12)
        .thresholds(thresholds(options));
    for (const query of options.queries) {
        panel.withTarget(target(query));
    }
    return panel;
}

function target({ expr, legend }: Query): DataqueryBuilder {
    return new DataqueryBuilder().datasource(datasource).expr(expr).legendFormat(legend);
}

function thresholds({ thresholds: limits }: PanelOptions): ThresholdsConfigBuilder {
    const first = { value: null, color: "green" };
    return new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(
            limits === undefined
                ? [first]
                : [first, { value: limits.warning, color: "yellow" }, { value: limits.critical, color: "red" }],
        );
}

function json(builder: DashboardBuilder): string {
    return `${JSON.stringify(builder.build(), null, 1)}\n`;
}
