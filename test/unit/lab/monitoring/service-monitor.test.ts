// What the lab's Prometheus makes of a ServiceMonitor: the operator's labels, and a refusal of what it does not know.

import assert from "node:assert/strict";
import { monitoredServices, serviceMonitorSpec } from "../../../../components/monitoring/service-monitors.ts";
import {
    type Relabelling,
    type ServiceMonitor,
    scrapeConfigurations,
} from "../../../../lab/monitoring/service-monitor.ts";

/** With the action that the API server writes in the place of none. */
const stackLabel = { action: "replace", targetLabel: "stack", replacement: "prod" };
const monitor: ServiceMonitor = {
    metadata: { name: "kibana", namespace: "chattingo" },
    spec: {
        selector: { matchLabels: { "app.kubernetes.io/name": "kibana", tier: "logging" } },
        endpoints: [{ port: "metrics", path: "/figures", interval: "30s", relabelings: [stackLabel] }],
    },
};

/** Labels of a target after its relabelling, or undefined when it is dropped (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config). */
function relabelled(
    rules: readonly Relabelling[],
    found: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
    const labels: Record<string, string> = { ...found };
    for (const {
        action = "replace",
        source_labels = [],
        separator = ";",
        regex = "(.*)",
        target_label = "",
        replacement = "$1",
    } of rules) {
        const match = new RegExp(`^(?:${regex})$`).exec(
            source_labels.map((name) => labels[name] ?? "").join(separator),
        );
        if (action === "replace" ? false : (action === "keep") !== (match !== null)) {
            return undefined;
        }
        if (action === "replace" && match !== null) {
            labels[target_label] = replacement.replaceAll("$1", match[1] ?? "");
        }
    }
    return Object.fromEntries(Object.entries(labels).filter(([name, value]) => !name.startsWith("__") && value !== ""));
}

const pod = {
    __meta_kubernetes_namespace: "chattingo",
    __meta_kubernetes_service_name: "kibana",
    __meta_kubernetes_service_label_app_kubernetes_io_name: "kibana",
    __meta_kubernetes_service_labelpresent_app_kubernetes_io_name: "true",
    __meta_kubernetes_service_label_tier: "logging",
    __meta_kubernetes_service_labelpresent_tier: "true",
    __meta_kubernetes_endpoint_port_name: "metrics",
    __meta_kubernetes_endpoint_address_target_kind: "Pod",
    __meta_kubernetes_endpoint_address_target_name: "kibana-abc",
    __meta_kubernetes_pod_name: "kibana-abc",
    __meta_kubernetes_pod_container_name: "metrics",
    __meta_kubernetes_pod_phase: "Running",
};

describe("a ServiceMonitor in the lab", () => {
    const [scrape] = scrapeConfigurations(monitor, "http://discovery", 10);
    const rules = scrape?.relabel_configs as readonly Relabelling[];

    it("is read at its path, its interval divided by the factor, in its own namespace", () => {
        assert.equal(scrape?.job_name, "serviceMonitor/chattingo/kibana/0");
        assert.equal(scrape?.metrics_path, "/figures");
        assert.equal(scrape?.scrape_interval, "3s");
        assert.deepEqual(scrape?.http_sd_configs, [
            { url: "http://discovery?namespace=chattingo", refresh_interval: "2s" },
        ]);
    });

    it("gives a target the operator's labels, and those of the ServiceMonitor's own", () => {
        assert.deepEqual(relabelled(rules, pod), {
            namespace: "chattingo",
            service: "kibana",
            pod: "kibana-abc",
            container: "metrics",
            endpoint: "metrics",
            job: "kibana",
            stack: "prod",
        });
    });

    it("leaves out other ports, services with other labels or without, and pods that have ended", () => {
        for (const difference of [
            { __meta_kubernetes_endpoint_port_name: "http" },
            { __meta_kubernetes_service_label_tier: "other" },
            { __meta_kubernetes_service_labelpresent_tier: "" },
            { __meta_kubernetes_pod_phase: "Succeeded" },
        ]) {
            assert.equal(relabelled(rules, { ...pod, ...difference }), undefined, JSON.stringify(difference));
        }
    });

    it("knows everything that this project's ServiceMonitors have", () => {
        for (const service of monitoredServices) {
            const spec = serviceMonitorSpec(service, "dev") as ServiceMonitor["spec"];
            const metadata = { name: service.name, namespace: "chattingo" };
            assert.equal(scrapeConfigurations({ metadata, spec }, "http://discovery", 1).length, 1);
        }
    });

    for (const [field, changed] of Object.entries({
        namespaceSelector: { ...monitor.spec, namespaceSelector: { any: true } },
        matchExpressions: { ...monitor.spec, selector: { matchExpressions: [] } },
        honorLabels: { ...monitor.spec, endpoints: [{ port: "metrics", honorLabels: true }] },
        sourceLabels: {
            ...monitor.spec,
            endpoints: [{ port: "metrics", relabelings: [{ ...stackLabel, sourceLabels: ["pod"] }] }],
        },
        "action labelmap": {
            ...monitor.spec,
            endpoints: [{ port: "metrics", relabelings: [{ ...stackLabel, action: "labelmap" }] }],
        },
    })) {
        it(`is refused with ${field}, which the lab does not know`, () => {
            const spec = changed as unknown as ServiceMonitor["spec"];
            assert.throws(
                () => scrapeConfigurations({ ...monitor, spec }, "http://discovery", 1),
                new RegExp(`ServiceMonitor chattingo/kibana, .*${field}`),
            );
        });
    }
});
