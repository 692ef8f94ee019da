// The dashboard "ELK Stack Monitoring": how Elasticsearch, Filebeat and Kibana are.

import { type DashboardBuilder, RowBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { canaryBoundSeconds } from "./alerts.ts";
import { type DashboardArgs, dashboard, ofStack, rateRange, stat, timeseries } from "./dashboard-parts.ts";
import { diskWatermarks, heapPressure, rejectedWrites, shardUse } from "./search-alerts.ts";

/** Sum over all nodes of how many events a second. */
function eventRate(counter: string): string {
    return `sum(rate(${counter}{${ofStack}}[${rateRange}]))`;
}

/** The dashboard under its uid. */
export function elkStack(uid: string, args: DashboardArgs): DashboardBuilder {
    return dashboard(uid, "ELK Stack Monitoring", args)
        .withRow(new RowBuilder("Elasticsearch"))
        .withPanel(
            stat({
                title: "Cluster health",
                description: "0 is green, 1 yellow, 2 red.",
                unit: "short",
                queries: [
                    {
                        expr: `max(elasticsearch_cluster_health_status{${ofStack},color="yellow"}) + 2 * max(elasticsearch_cluster_health_status{${ofStack},color="red"})`,
                        legend: "health",
                    },
                ],
                thresholds: { warning: 1, critical: 2 },
            }),
        )
        .withPanel(
            timeseries({
                title: "Shards",
                description: "Those that are not assigned can't be searched, or have no copy.",
                unit: "short",
                queries: [
                    { expr: `max(elasticsearch_cluster_health_active_shards{${ofStack}})`, legend: "active" },
                    { expr: `max(elasticsearch_cluster_health_relocating_shards{${ofStack}})`, legend: "relocating" },
                    {
                        expr: `max(elasticsearch_cluster_health_initializing_shards{${ofStack}})`,
                        legend: "initializing",
                    },
                    { expr: `max(elasticsearch_cluster_health_unassigned_shards{${ofStack}})`, legend: "unassigned" },
                ],
            }),
        )
        .withPanel(
            timeseries({
                title: "JVM memory",
                description: "Share of the heap in use, by node.",
                unit: "percentunit",
                queries: [
                    {
                        expr: `elasticsearch_jvm_memory_used_bytes{${ofStack},area="heap"} / elasticsearch_jvm_memory_max_bytes{${ofStack},area="heap"}`,
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
                        expr: `rate(elasticsearch_indices_indexing_index_total{${ofStack}}[${rateRange}])`,
                        legend: "{{name}}",
                    },
                ],
            }),
        )
        .withPanel(
            timeseries({
                title: "Elasticsearch's volumes",
                description:
                    "Share in use, by node. Above 85% Elasticsearch places no more copies, above 90% it moves shards away, above 95% it takes no more lines.",
                unit: "percentunit",
                queries: [
                    {
                        expr: `1 - elasticsearch_filesystem_data_available_bytes{${ofStack}} / elasticsearch_filesystem_data_size_bytes{${ofStack}}`,
                        legend: "{{name}}",
                    },
                ],
                thresholds: {
                    warning: 1 - diskWatermarks.low.warnBelow.share,
                    critical: 1 - diskWatermarks.flood_stage.warnBelow.share,
                },
            }),
        )
        .withPanel(
            stat({
                title: "Read-only indices",
                description: "Indices that take no lines, because a disk passed the flood stage.",
                unit: "short",
                queries: [
                    {
                        expr: `max(elasticsearch_indices_settings_stats_read_only_indices{${ofStack}})`,
                        legend: "indices",
                    },
                ],
                thresholds: { warning: 1, critical: 1 },
            }),
        )
        .withPanel(
            timeseries({
                title: "Shards of those that the cluster takes",
                description: "Copies among them; at 100% no index can be made.",
                unit: "percentunit",
                queries: [{ expr: shardUse(ofStack), legend: "shards" }],
                thresholds: { warning: 0.8, critical: 0.95 },
            }),
        )
        .withPanel(
            timeseries({
                title: "JVM memory pressure",
                description:
                    "Share of the old generation of the heap in use, which garbage collection can't free, by node.",
                unit: "percentunit",
                queries: [{ expr: heapPressure(ofStack), legend: "{{name}}" }],
                thresholds: { warning: 0.85, critical: 0.95 },
            }),
        )
        .withPanel(
            timeseries({
                title: "Writes rejected",
                description:
                    "Requests a second that Elasticsearch refused, by node and by who refused them; Filebeat sends them again.",
                unit: "cps",
                queries: rejectedWrites(ofStack, "rate", rateRange).map((expr) => ({
                    expr,
                    legend: "{{name}} {{type}}{{breaker}}",
                })),
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
                    { expr: eventRate("filebeat_pipeline_events_published_total"), legend: "published" },
                    { expr: eventRate("filebeat_output_events_acked_total"), legend: "acknowledged" },
                    { expr: eventRate("filebeat_output_events_failed_total"), legend: "sent again" },
                ],
            }),
        )
        .withPanel(
            timeseries({
                title: "Events waiting in Filebeat",
                description: "Events in the queue of each node that Elasticsearch has not acknowledged.",
                unit: "short",
                queries: [{ expr: `filebeat_pipeline_events_active{${ofStack}}`, legend: "{{pod}}" }],
            }),
        )
        .withPanel(
            timeseries({
                title: "Age of the newest line in search",
                description:
                    "Since the newest canary line was written that search finds, by node; one comes each minute.",
                unit: "s",
                queries: [
                    {
                        expr: `time() - chattingo_log_canary_found_timestamp_seconds{${ofStack}}`,
                        legend: "{{node}}",
                    },
                ],
                thresholds: { warning: 120, critical: canaryBoundSeconds },
            }),
        )
        .withRow(new RowBuilder("Kibana"))
        .withPanel(
            timeseries({
                title: "Kibana response times",
                description: "Mean and longest answer since Kibana's last report.",
                unit: "s",
                queries: [
                    { expr: `kibana_response_time_average_seconds{${ofStack}}`, legend: "mean" },
                    { expr: `kibana_response_time_longest_seconds{${ofStack}}`, legend: "longest" },
                ],
                thresholds: { warning: 2, critical: 10 },
            }),
        );
}
