// What one entry of the setting `applications` changes in the whole program, and that it changes nothing else.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { parse } from "yaml";
import type { RecordedResource } from "../../../scripts/recording-engine.ts";
import { FilebeatMetrics } from "../../../workloads/elastic-exporter/filebeat-metrics.ts";
import { readPlan } from "../../../workloads/elastic-setup/plan.ts";
import { parseConfig } from "../../../workloads/s3-uploader/config.ts";
import { declaredStack } from "./mocked-program.ts";

const entries = [
    { name: "payments", directory: "billing", format: "text", multilineStart: "^\\d{4}-.*$", retentionDays: 2 },
    { name: "push-gateway" },
];

interface FilebeatInput {
    readonly id: string;
    readonly paths: readonly string[];
    readonly index: string;
    readonly parsers: readonly { readonly multiline: Readonly<Record<string, unknown>> }[];
    readonly processors: readonly Readonly<Record<string, unknown>>[];
}

interface DashboardVariable {
    readonly name: string;
    readonly query: string;
}

/** The samples that the exporter shows beside a Filebeat with these inputs, none of which has read a line yet. */
async function exported(inputs: readonly FilebeatInput[]) {
    const counts = inputs.map(({ id }) => ({ id, input: "filestream", events_processed_total: 0 }));
    const server = createServer((request, response) => {
        response.end(JSON.stringify(request.url === "/inputs/" ? counts : {}));
    }).listen(0, "127.0.0.1");
    try {
        await once(server, "listening");
        const registry = new Registry();
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        await new FilebeatMetrics(registry, url).update();
        const metrics = await registry.getMetricsAsJSON();
        return metrics.flatMap(({ name, values }) => values.map(({ labels }) => ({ name, labels })));
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

const nameOf = ({ type, name }: RecordedResource) => `${type} ${name}`;

for (const stack of ["dev", "prod"]) {
    describe(`an application in the stack ${stack}`, function () {
        this.timeout(60_000);

        let without: readonly RecordedResource[];
        let withThem: readonly RecordedResource[];

        before(async () => {
            without = (await declaredStack(stack)).found.resources;
            const config = { "chattingo-logging:applications": JSON.stringify(entries) };
            withThem = (await declaredStack(stack, { config })).found.resources;
        });

        const configMap = (name: string): Readonly<Record<string, string>> => {
            const found = withThem.find((each) => nameOf(each) === `kubernetes:core/v1:ConfigMap ${name}`);
            return (found?.inputs.data ?? {}) as Readonly<Record<string, string>>;
        };

        it("adds no resource, and changes those alone that have to know of it", () => {
            assert.deepEqual(withThem.map(nameOf).toSorted(), without.map(nameOf).toSorted());
            const inputsBefore = new Map(without.map((each) => [nameOf(each), JSON.stringify(each.inputs)]));
            const changed = withThem.filter((each) => JSON.stringify(each.inputs) !== inputsBefore.get(nameOf(each)));
            assert.deepEqual(
                changed
                    .filter(({ custom }) => custom)
                    .map(nameOf)
                    .toSorted(),
                [
                    "kubernetes:apps/v1:DaemonSet filebeat",
                    "kubernetes:apps/v1:DaemonSet log-rotation-leaving",
                    "kubernetes:apps/v1:Deployment s3-uploader",
                    "kubernetes:batch/v1:Job elastic-setup",
                    "kubernetes:batch/v1:Job log-setup",
                    "kubernetes:core/v1:ConfigMap elastic-setup",
                    "kubernetes:core/v1:ConfigMap filebeat",
                    "kubernetes:core/v1:ConfigMap log-rotation",
                    "kubernetes:core/v1:ConfigMap s3-uploader",
                ],
            );
        });

        it("gets its directory on every node, and rotation there", () => {
            const told = (type: string, name: string) =>
                JSON.stringify(withThem.find((each) => nameOf(each) === `${type} ${name}`)?.inputs).includes(
                    '{"name":"APPLICATION_DIRECTORIES","value":"billing,push-gateway"}',
                );
            assert.ok(told("kubernetes:batch/v1:Job", "log-setup"), "where the stack comes up");
            assert.ok(told("kubernetes:apps/v1:DaemonSet", "filebeat"), "on nodes that are there, and on later ones");
            assert.equal(configMap("log-rotation").APPLICATION_DIRECTORIES, "billing,push-gateway");
        });

        it("gets an input with its id, its data stream and its way of reading lines", () => {
            const config = parse(configMap("filebeat")["filebeat.yml"] ?? "") as {
                "filebeat.inputs": readonly FilebeatInput[];
            };
            const [text, json] = config["filebeat.inputs"].slice(6);
            assert.ok(text && json);
            assert.deepEqual(
                [text.id, text.paths, text.index],
                ["payments", ["/var/log/chattingo/billing/*.log"], `chattingo-payments-${stack}`],
            );
            const { pattern, negate, match } = text.parsers[0]?.multiline ?? {};
            assert.deepEqual([pattern, negate, match], ["^\\d{4}-.*$$", true, "after"], "Filebeat takes $$ for $");
            const processors = ({ processors }: FilebeatInput) => processors.flatMap((one) => Object.keys(one));
            assert.deepEqual(processors(text), [
                "drop_event",
                "truncate_fields",
                "drop_fields",
                "add_fields",
                "fingerprint",
                "dissect",
            ]);
            assert.deepEqual(text.processors[3], {
                add_fields: {
                    target: "",
                    // biome-ignore lint/suspicious/noTemplateCurlyInString: Filebeat puts the environment's value in its place.
                    fields: { category: "payments", kubernetes: { node: { name: "${NODE_NAME}" } } },
                },
            });
            const [first] = config["filebeat.inputs"];
            assert.deepEqual(
                JSON.parse(JSON.stringify(json).replaceAll("push-gateway", "app")),
                JSON.parse(
                    JSON.stringify(first)
                        .replaceAll("application-", "app-")
                        .replace(/"application"/g, '"app"'),
                ),
                "lines of JSON are read as those of the six are",
            );
        });

        it("gets its template, its policy and its data view for as long as it asks, or as long as the stack does", () => {
            const plan = readPlan("setup.json", configMap("elastic-setup")["setup.json"] ?? "");
            const [text, json] = plan.categories.slice(6);
            assert.deepEqual(text, { name: "payments", retentionDays: 2, format: "text" });
            assert.deepEqual(json, {
                name: "push-gateway",
                retentionDays: plan.categories[0]?.retentionDays,
                format: "json",
            });
        });

        it("is a value of the dashboard's variable as soon as Filebeat tells of its input", async () => {
            const config = parse(configMap("filebeat")["filebeat.yml"] ?? "") as {
                "filebeat.inputs": readonly FilebeatInput[];
            };
            const { templating } = JSON.parse(
                configMap("chattingo-logs-overview")["chattingo-logs-overview.json"] ?? "",
            ) as { readonly templating: { readonly list: readonly DashboardVariable[] } };
            const query = templating.list.find(({ name }) => name === "category")?.query ?? "";
            const [, metric, label = ""] = /^label_values\((\w+)\{namespace="chattingo"\}, (\w+)\)$/.exec(query) ?? [];
            const samples = await exported(config["filebeat.inputs"]);
            assert.deepEqual(
                samples.flatMap(({ name, labels }) => (name === metric ? [labels[label]] : [])),
                [
                    ...["application", "authentication", "chat", "error", "system", "websocket"],
                    "payments",
                    "push-gateway",
                ],
                query,
            );
        });

        it("gets its category in manifests", () => {
            const { upload } = parseConfig(configMap("s3-uploader")["config.yaml"] ?? "", "config.yaml");
            assert.deepEqual(Object.fromEntries(upload.categories), {
                billing: "payments",
                "push-gateway": "push-gateway",
            });
        });
    });
}
