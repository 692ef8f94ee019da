// What every dashboard of the system is made of: variables, links, and panels of two kinds.

import {
    GraphThresholdsStyleConfigBuilder,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
    DashboardBuilder,
    DashboardLinkBuilder,
    DashboardLinkType,
    DatasourceVariableBuilder,
    QueryVariableBuilder,
    ThresholdsConfigBuilder,
    ThresholdsMode,
    VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { namespaceName } from "../labels.ts";
import { scrapeSeconds } from "./service-monitors.ts";

/** What the dashboards of a stack depend on. */
export interface DashboardArgs {
    /** Name of the stack, which is chosen when a dashboard is opened. */
    readonly stack: string;
    /** Where people reach Kibana; undefined: by `kubectl port-forward`. */
    readonly kibanaUrl?: string;
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
    /** A page that shows what the panel counts; none by default. */
    readonly link?: { readonly title: string; readonly url: string };
}

/** Where Kibana answers after `kubectl port-forward -n chattingo service/kibana 5601`. */
const forwardedKibana = "http://localhost:5601";

const datasource = { type: "prometheus", uid: "$datasource" };

/** Labels of every series of the system, before the stack is chosen. */
const ofNamespace = `namespace="${namespaceName}"`;

/** Labels of the chosen stack's series, for a selector. */
export const ofStack = `${ofNamespace},stack=~"$stack"`;

/**
 * Range of a rate in a panel: as long as the distance of two points, and never too short to hold two scrapes
 * (https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/#use-__rate_interval).
 */
export const rateRange = "$__rate_interval";

/** A page of Kibana. */
export function kibanaPage({ kibanaUrl }: DashboardArgs, path: string): string {
    return `${kibanaUrl ?? forwardedKibana}${path}`;
}

/** An empty dashboard with the variables and links that all have. */
export function dashboard(uid: string, title: string, args: DashboardArgs): DashboardBuilder {
    const { stack, kibanaUrl } = args;
    return new DashboardBuilder(title)
        .uid(uid)
        .description(`The logging system of ${stack}.`)
        .tags(["chattingo", "logging", stack])
        .refresh("1m")
        .time({ from: "now-6h", to: "now" })
        .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"))
        .withVariable(labelVariable("stack", "Stack", "up").current({ selected: true, text: stack, value: stack }))
        .link(
            new DashboardLinkBuilder("Logging")
                .type(DashboardLinkType.Dashboards)
                .tags(["chattingo"])
                .asDropdown(true)
                .keepTime(true)
                .includeVars(true),
        )
        .link(
            new DashboardLinkBuilder(kibanaUrl === undefined ? "Kibana (kubectl port-forward)" : "Kibana")
                .type(DashboardLinkType.Link)
                .url(kibanaPage(args, "/app/discover"))
                .targetBlank(true),
        );
}

/** A variable whose values are those of a label, read again whenever the dashboard is opened. */
export function labelVariable(name: string, label: string, metric: string): QueryVariableBuilder {
    return new QueryVariableBuilder(name)
        .label(label)
        .datasource(datasource)
        .query(`label_values(${metric}{${ofNamespace}}, ${name})`)
        .refresh(VariableRefresh.OnDashboardLoad);
}

/** Values over time. */
export function timeseries(options: PanelOptions): TimeseriesBuilder {
    const panel = withCommon(new TimeseriesBuilder(), options)
        .min(0)
        .legend(
            new VizLegendOptionsBuilder()
                .showLegend(true)
                .displayMode(LegendDisplayMode.List)
                .placement(LegendPlacement.Bottom),
        );
    return options.thresholds === undefined
        ? panel
        : panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** The newest value, large. */
export function stat(options: PanelOptions): StatBuilder {
    return withCommon(new StatBuilder(), options);
}

function withCommon<Panel extends TimeseriesBuilder | StatBuilder>(panel: Panel, options: PanelOptions): Panel {
    panel
        .title(options.title)
        .description(options.description)
        .datasource(datasource)
        .unit(options.unit)
        .height(8)
        .span(12)
        .thresholds(thresholds(options));
    for (const { expr, legend } of options.queries) {
        panel.withTarget(
            new DataqueryBuilder()
                .datasource(datasource)
                .expr(expr)
                .legendFormat(legend)
                // Of which Grafana makes the range of rates; a data source may have been told of another one.
                .interval(`${scrapeSeconds}s`),
        );
    }
    if (options.link !== undefined) {
        const { title, url } = options.link;
        panel.links([new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).targetBlank(true)]);
    }
    return panel;
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
