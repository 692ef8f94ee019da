// What watches the system: names of the contract, selectors that find their Services, and no metric that nobody exports.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AlertRule, runbookUrl } from "../../../components/monitoring/alert-rule.ts";
import { ruleGroups } from "../../../components/monitoring/alerts.ts";
import { dashboards } from "../../../components/monitoring/dashboards.ts";
import { savedSearches } from "../../../workloads/elastic-setup/kibana-objects.ts";
import { exportedMetrics, namedMetrics } from "./exported-metrics.ts";
import { type Declared, declaredStack } from "./mocked-program.ts";

interface Panel {
    readonly title?: string;
    readonly type: string;
    readonly description?: string;
    readonly targets?: readonly { readonly expr: string; readonly interval?: string }[];
    readonly links?: readonly { readonly url: string }[];
    readonly options?: { readonly legend?: { readonly showLegend: boolean } };
    readonly fieldConfig?: {
        readonly defaults: {
            readonly unit?: string;
            readonly thresholds?: { readonly steps: readonly unknown[] };
            readonly custom?: { readonly thresholdsStyle?: { readonly mode: string } };
        };
    };
}

interface DashboardModel {
    readonly title: string;
    readonly tags: readonly string[];
    readonly links: readonly { readonly type: string; readonly url?: string; readonly tags: readonly string[] }[];
    readonly panels: readonly Panel[];
    readonly templating: {
        readonly list: readonly {
            readonly name: string;
            readonly type: string;
            readonly refresh?: number;
            readonly current?: { readonly value: string };
        }[];
    };
}

interface KubernetesObject {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
    readonly data?: Readonly<Record<string, string>>;
    readonly spec?: {
        readonly selector?: Readonly<Record<string, unknown>>;
        readonly ports?: readonly { readonly name: string }[];
        readonly endpoints?: readonly { readonly port: string; readonly relabelings: readonly object[] }[];
    };
}

async function program(stack: string, config: Readonly<Record<string, string>> = {}): Promise<Declared> {
    return (await declaredStack(stack, { config })).found;
}

function objects(found: Declared, type: string): readonly KubernetesObject[] {
    return found.resources
        .filter((resource) => resource.type === type)
        .map(({ inputs }) => inputs as unknown as KubernetesObject);
}

const serviceMonitor = "kubernetes:monitoring.coreos.com/v1:ServiceMonitor";
const prometheusRule = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";

const allRules = ruleGroups("prod").flatMap(({ rules }) => rules);
const alerts = allRules.filter((rule): rule is AlertRule => "alert" in rule);
const kibanaUrl = "https://kibana.example";
const models = dashboards({ stack: "prod", kibanaUrl }).map(({ json }) => JSON.parse(json) as DashboardModel);
const withoutIngress = dashboards({ stack: "dev" }).map(({ json }) => JSON.parse(json) as DashboardModel);

/** What `savedSearches` reads nothing of. */
const plan = { stack: "prod", shards: 1, replicas: 0, refreshInterval: "2s", fieldLimit: 1000 };

describe("monitoring", function () {
    this.timeout(60_000);

    it("has the alerts of the contract, with their severities and durations", () => {
        const contract: Readonly<Record<string, readonly [string, string]>> = {
            ElasticsearchClusterDown: ["critical", "5m"],
            HighErrorRate: ["warning", "2m"],
            LogVolumeSpike: ["warning", "5m"],
            LogRotationFailed: ["warning", "1m"],
            S3UploaderDown: ["warning", "2m"],
            LogDiskSpaceHigh: ["warning", "5m"],
        };
        for (const [name, [severity, duration]] of Object.entries(contract)) {
            const rule = alerts.find(({ alert }) => alert === name);
            assert.deepEqual([rule?.labels.severity, rule?.for], [severity, duration], name);
        }
    });

    it("gives every alert the namespace and the stack as labels, whatever its condition leaves of them", () => {
        assert.ok(alerts.length > 20);
        for (const { alert, labels } of alerts) {
            assert.deepEqual([labels.namespace, labels.stack], ["chattingo", "prod"], alert);
        }
    });

    it("draws rates over Grafana's own range, of which a panel of a week has another one than a panel of an hour", () => {
        const targets = models.flatMap(({ panels }) => panels.flatMap(({ targets: all = [] }) => all));
        const rates = targets.filter(({ expr }) => /\brate\(/.test(expr));
        assert.ok(rates.length >= 7);
        for (const { expr, interval } of rates) {
            assert.doesNotMatch(expr, /\[\d/);
            assert.match(expr, /\[\$__rate_interval\]/);
            assert.equal(interval, "30s", "Grafana makes the range of rates of it");
        }
    });

    it("gives every alert a summary, a description and a section of the operations guide", () => {
        const guide = readFileSync(join(import.meta.dirname, "../../../docs/operations.md"), "utf8");
        const sections = new Set(
            [...guide.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
                title
                    .toLowerCase()
                    .replaceAll(/[^\w -]/g, "")
                    .replaceAll(" ", "-"),
            ),
        );
        assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
        for (const { alert, annotations } of alerts) {
            assert.ok(annotations.summary.length > 10 && annotations.description.length > 10, alert);
            const [page, section = ""] = annotations.runbook_url.split("#");
            assert.equal(page, runbookUrl);
            assert.ok(sections.has(section), `docs/operations.md has no section for ${alert}`);
        }
    });

    it("names no metric, in no rule and no panel, that nothing exports", () => {
        const expressions = [
            ...allRules.map(({ expr }) => expr),
            ...models.flatMap(({ panels }) => panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))),
        ];
        assert.ok(expressions.length > 25);
        const recordedNames = allRules.flatMap((rule) => ("record" in rule ? [rule.record] : []));
        const known = new Set([...exportedMetrics, ...recordedNames]);
        for (const expression of expressions) {
            const names = namedMetrics(expression);
            assert.ok(names.length > 0, expression);
            assert.deepEqual(
                names.filter((name) => !known.has(name)),
                [],
                expression,
            );
        }
    });

    it("has two dashboards with the panels of the contract, each panel with a unit and a description", () => {
        assert.deepEqual(
            models.map(({ title }) => title),
            ["Chattingo Logs Overview", "ELK Stack Monitoring"],
        );
        const titles = models.map(({ panels }) =>
            panels.filter(({ type }) => type !== "row").map(({ title }) => title),
        );
        for (const title of [
            "Log volume by category",
            "Error rate",
            "Elasticsearch index status",
            "Recent critical errors",
        ]) {
            assert.ok(titles[0]?.includes(title), title);
        }
        for (const title of ["Cluster health", "JVM memory", "Filebeat event rates", "Kibana response times"]) {
            assert.ok(titles[1]?.includes(title), title);
        }
        for (const panel of models.flatMap(({ panels }) => panels).filter(({ type }) => type !== "row")) {
            assert.ok(panel.description, panel.title);
            assert.ok(panel.fieldConfig?.defaults.unit, panel.title);
        }
    });

    it("asks on its dashboards for the stack, and for the category of lines, and every panel heeds the stack", () => {
        const variables = models.map(({ templating }) => templating.list.map(({ name }) => name));
        assert.deepEqual(variables, [
            ["datasource", "stack", "category"],
            ["datasource", "stack"],
        ]);
        const [, stack, category] = models[0]?.templating.list ?? [];
        assert.deepEqual([stack?.current?.value, category?.current?.value], ["prod", "$__all"]);
        for (const { name, type, refresh } of models.flatMap(({ templating }) => templating.list)) {
            assert.ok(type !== "query" || refresh === 1, `Grafana never reads the values of ${name}`);
        }
        for (const { expr } of models.flatMap(({ panels }) => panels.flatMap(({ targets = [] }) => targets))) {
            const selectors = expr.match(/\{[^}]*\}/g) ?? [];
            assert.ok(selectors.length > 0, expr);
            assert.deepEqual(
                selectors.filter((selector) => !selector.includes('stack=~"$stack"')),
                [],
                expr,
            );
        }
    });

    it("leads from each dashboard to the other and into Kibana, and from errors to the saved search that shows them", () => {
        for (const stackModels of [models, withoutIngress]) {
            for (const { tags, links } of stackModels) {
                assert.ok(
                    links.some(({ type, tags: wanted }) => type === "dashboards" && tags.includes(wanted[0] ?? "")),
                );
            }
        }
        const pages = (all: readonly DashboardModel[]) =>
            all.flatMap(({ links }) => links.flatMap(({ type, url }) => (type === "link" ? [url] : [])));
        assert.deepEqual(pages(models), Array(2).fill(`${kibanaUrl}/app/discover`));
        assert.deepEqual(pages(withoutIngress), Array(2).fill("http://localhost:5601/app/discover"));
        const errors = models[0]?.panels.find(({ title }) => title === "Recent critical errors");
        const searches = savedSearches({ ...plan, categories: [{ name: "error", retentionDays: 1 }] });
        const recentErrors = "chattingo-recent-errors";
        assert.ok(searches.some(({ id }) => id === recentErrors));
        assert.deepEqual(
            errors?.links?.map(({ url }) => url),
            [`${kibanaUrl}/app/discover#/view/${recentErrors}`],
        );
    });

    it("names the lines of a panel, and draws its thresholds", () => {
        for (const { title, type, options, fieldConfig } of models.flatMap(({ panels }) => panels)) {
            if (type === "timeseries") {
                assert.equal(options?.legend?.showLegend, true, title);
                const { thresholds, custom } = fieldConfig?.defaults ?? {};
                const hasLimits = (thresholds?.steps.length ?? 0) > 1;
                assert.equal(custom?.thresholdsStyle?.mode, hasLimits ? "dashed" : undefined, title);
            }
        }
    });

    for (const stack of ["dev", "prod", "compliance"]) {
        it(`of ${stack} has a ServiceMonitor for each source, which finds a Service with the port that it names`, async () => {
            const found = await program(stack);
            const services = objects(found, "kubernetes:core/v1:Service");
            const monitors = objects(found, serviceMonitor);
            assert.deepEqual(monitors.map(({ metadata }) => metadata.name).toSorted(), [
                "elasticsearch",
                "filebeat",
                "kibana",
                "s3-uploader",
            ]);
            for (const { metadata, spec } of monitors) {
                const { matchLabels } = spec?.selector as { matchLabels: Readonly<Record<string, string>> };
                const selected = services.filter((service) =>
                    Object.entries(matchLabels).every(([key, value]) => service.metadata.labels[key] === value),
                );
                assert.equal(selected.length, 1, metadata.name);
                const ports = selected[0]?.spec?.ports?.map(({ name }) => name);
                const [endpoint] = spec?.endpoints ?? [];
                assert.ok(ports?.includes(endpoint?.port ?? ""), metadata.name);
                assert.deepEqual(endpoint?.relabelings, [{ targetLabel: "stack", replacement: stack }]);
            }
            assert.deepEqual(
                objects(found, prometheusRule).map(({ metadata }) => metadata.name),
                ["chattingo-logging"],
            );
            const boards = objects(found, "kubernetes:core/v1:ConfigMap").filter(
                ({ metadata }) => metadata.labels.grafana_dashboard === "1",
            );
            assert.equal(boards.length, 2);
        });
    }

    it("comes up without the operator's resources where there is no operator", async () => {
        const found = await program("prod", { "chattingo-logging:monitoring.operator": "false" });
        assert.deepEqual([...objects(found, serviceMonitor), ...objects(found, prometheusRule)], []);
        assert.ok(found.types().some((type) => type === "kubernetes:apps/v1:Deployment"));
    });

    it("is left out where a stack says so, with its containers and Services", async () => {
        const found = await program("prod", { "chattingo-logging:monitoring.enabled": "false" });
        const text = JSON.stringify(found.inputsBesidePrograms());
        const deployments = objects(found, "kubernetes:apps/v1:Deployment").map(({ metadata }) => metadata.name);
        assert.deepEqual(deployments.toSorted(), ["kibana", "s3-uploader"]);
        assert.ok(!text.includes("METRICS_PORT"), "a container for metrics is left");
        assert.ok(!text.includes("grafana_dashboard"), "a dashboard is left");
    });
});
