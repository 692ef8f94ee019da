// The dashboard "Chattingo Logs Overview": how many lines come, and where they are.

import { type DashboardBuilder, RowBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { recorded } from "./alerts.ts";
import {
    type DashboardArgs,
    dashboard,
    kibanaPage,
    labelVariable,
    ofStack,
    rateRange,
    stat,
    timeseries,
} from "./dashboard-parts.ts";

const eventsOfCategory = `filebeat_events_total{${ofStack},category=~"$category"}`;
const errorEvents = `filebeat_events_total{${ofStack},category="error"}`;
/** The data streams of users' lines, with the indices behind them; restored lines and the canary's are others. */
const indices = `${ofStack},index=~"([.]ds-)?chattingo-.*"`;

/** The dashboard under its uid. */
export function logsOverview(uid: string, args: DashboardArgs): DashboardBuilder {
    return dashboard(uid, "Chattingo Logs Overview", args)
        .withVariable(
            labelVariable("category", "Category", "filebeat_events_total")
                .multi(true)
                .includeAll(true)
                .allValue(".*")
                .current({ selected: true, text: "All", value: "$__all" }),
        )
        .withRow(new RowBuilder("Lines"))
        .withPanel(
            timeseries({
                title: "Log volume by category",
                description: "Lines a second.",
                unit: "cps",
                queries: [
                    { expr: `sum by (category) (rate(${eventsOfCategory}[${rateRange}]))`, legend: "{{category}}" },
                ],
            }),
        )
        .withPanel(
            timeseries({
                title: "Error rate",
                description: "Lines a second of the error log; above 10 somebody is called.",
                unit: "cps",
                queries: [
                    { expr: `sum(rate(${errorEvents}[${rateRange}]))`, legend: "now" },
                    { expr: `sum(rate(${errorEvents}[${rateRange}] offset 1d))`, legend: "a day ago" },
                ],
                thresholds: { warning: 5, critical: 10 },
            }),
        )
        .withPanel(
            stat({
                title: "Recent critical errors",
                description: "Lines of the error log within the last hour; Kibana's saved search shows them.",
                unit: "short",
                queries: [{ expr: `sum(increase(${errorEvents}[1h]))`, legend: "last hour" }],
                thresholds: { warning: 100, critical: 36_000 },
                link: {
                    title: "These lines in Kibana",
                    url: kibanaPage(args, "/app/discover#/view/chattingo-recent-errors"),
                },
            }),
        )
        .withRow(new RowBuilder("Where they are"))
        .withPanel(
            timeseries({
                title: "Elasticsearch index status",
                description: "Documents of each index of the system.",
                unit: "short",
                queries: [
                    { expr: `max by (index) (elasticsearch_indices_docs_primary{${indices}})`, legend: "{{index}}" },
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
                        expr: `max by (index) (elasticsearch_indices_store_size_bytes_total{${indices}})`,
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
                queries: [{ expr: `${recorded.volumeUse}{${ofStack}}`, legend: "{{volume}} {{pod}}" }],
                thresholds: { warning: 0.7, critical: 0.8 },
            }),
        )
        .withPanel(
            stat({
                title: "Archives waiting",
                description: "Archives on the volume that S3 has not confirmed.",
                unit: "short",
                queries: [{ expr: `max(chattingo_s3_uploader_archives_waiting{${ofStack}})`, legend: "archives" }],
            }),
        );
}
