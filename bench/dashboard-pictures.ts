// Draws the dashboards from what a Prometheus holds, as PNG files for the documentation.
//
// It stands in for Grafana, which no registry of this project carries: panels at their places with titles, units, legends
// and thresholds, all categories chosen. Nothing else of Grafana's looks is imitated.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Dashboard, dashboards } from "../components/monitoring/dashboards.ts";
import { prometheusUrl } from "../lab/monitoring/ports.ts";
import { type DebianPackage, installDebianPackages, requireProgram } from "../lab/tools/debian-packages.ts";
import { say } from "../lab/tools/progress.ts";
import { run } from "../lab/tools/run.ts";
import { endWithMessage } from "../scripts/end-with-message.ts";
import { type DashboardModel, gnuplotScript, type PanelModel, type Series } from "./gnuplot-script.ts";

const help = `Usage: node bench/dashboard-pictures.ts --out DIR [--prometheus URL] [--until TIME] [--minutes N]

Writes DIR/<dashboard>.png for each dashboard, drawn by gnuplot, which is installed if it is missing.
  --out DIR         folder for the pictures; it must be there
  --prometheus URL  where the data is; the lab's (see \`lab/lab monitoring\`) by default
  --until TIME      end of the time that is shown, as ISO 8601; now by default
  --minutes N       length of that time; 10 by default
Exit status 0 if all are written, 1 if not, 2 for wrong arguments.`;

const gnuplot: DebianPackage = { name: "gnuplot-nox", provides: "gnuplot" };

/** The lab's stack that has a Prometheus. */
const stack = "dev";

/** What is chosen for the variables of the dashboards. */
const chosen = new Map([
    ["stack", stack],
    ["category", ".*"],
    ["__rate_interval", "2m"],
]);

/** Points of a curve. */
const steps = 200;

/** What is shown, in seconds since 1970. */
interface Span {
    readonly start: number;
    readonly end: number;
}

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            out: { type: "string" },
            prometheus: { type: "string", default: prometheusUrl },
            until: { type: "string", default: new Date().toISOString() },
            minutes: { type: "string", default: "10" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const end = Date.parse(values.until) / 1000;
    const minutes = Number(values.minutes);
    if (values.out === undefined || Number.isNaN(end) || !(minutes > 0)) {
        console.error(help);
        return 2;
    }
    await installDebianPackages([gnuplot]);
    for (const dashboard of dashboards({ stack })) {
        const file = join(values.out, `${dashboard.name}.png`);
        await draw(dashboard, file, values.prometheus, { start: end - minutes * 60, end });
        say(`${file} is written`);
    }
    return 0;
}

async function draw({ json }: Dashboard, file: string, prometheus: string, span: Span): Promise<void> {
    const model = JSON.parse(json) as DashboardModel;
    const panels = await Promise.all(
        model.panels.map(async (panel) => ({ panel, series: await seriesOf(panel, prometheus, span) })),
    );
    const script = gnuplotScript(model.title, panels, { ...span, file });
    await run(await requireProgram("gnuplot"), ["-"], { input: script });
}

/**
 * The query with what is chosen in the place of its variables.
 *
 * @throws an error for one that nothing is chosen for: Prometheus would take it for a text and find nothing
 */
function withVariables(query: string): string {
    return query.replaceAll(/\$(\w+)/g, (variable, name: string) => {
        const value = chosen.get(name);
        if (value === undefined) {
            throw new Error(`${query}: nothing is chosen for ${variable} (bench/dashboard-pictures.ts)`);
        }
        return value;
    });
}

async function seriesOf({ targets = [] }: PanelModel, prometheus: string, span: Span): Promise<readonly Series[]> {
    const answers = await Promise.all(
        targets.map(async ({ expr, legendFormat }) => {
            const response = await fetch(`${prometheus}/api/v1/query_range`, {
                method: "POST",
                body: new URLSearchParams({
                    query: withVariables(expr),
                    start: String(span.start),
                    end: String(span.end),
                    step: String((span.end - span.start) / steps),
                }),
            });
            if (!response.ok) {
                throw new Error(`Prometheus refuses ${expr}: ${await response.text()}`);
            }
            const { data } = (await response.json()) as {
                readonly data: {
                    readonly result: readonly {
                        readonly metric: Readonly<Record<string, string>>;
                        readonly values: readonly (readonly [number, string])[];
                    }[];
                };
            };
            return data.result.map(({ metric, values }) => ({
                name: legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ""),
                points: values.map(([time, value]) => [time, Number(value)] as const),
            }));
        }),
    );
    return answers.flat();
}

await endWithMessage(main, help);
