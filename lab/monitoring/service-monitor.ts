// Stands in for the part of the Prometheus operator that makes scrape configurations of ServiceMonitors.
//
// It covers the fields that this project uses (`selector.matchLabels`; of an endpoint `port`, `path`, `interval`, and
// `relabelings` that set a label to a fixed value) with the labels and the relabelling that the operator makes of them in
// its defaults (release 0.85, pkg/prometheus/promcfg.go): services of the ServiceMonitor's own namespace, found by their
// Endpoints. Any other field is refused.

import { metaName } from "./endpoint-targets.ts";
import { assertKnownFields } from "./known-fields.ts";
import { shorterDuration } from "./shorter-times.ts";

/** A ServiceMonitor as the API server gives it. */
export interface ServiceMonitor {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: {
        readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
        readonly endpoints: readonly Endpoint[];
    };
}

interface Endpoint {
    readonly port: string;
    readonly path?: string;
    readonly interval?: string;
    readonly relabelings?: readonly Relabeling[];
}

/** A label with a fixed value. */
interface Relabeling {
    /** The API server writes the default of the CustomResourceDefinition in its place. */
    readonly action?: string;
    readonly targetLabel: string;
    readonly replacement: string;
}

/** A rule of https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config */
export interface Relabelling {
    readonly action?: "keep" | "drop";
    readonly source_labels?: readonly string[];
    readonly separator?: string;
    readonly regex?: string;
    readonly target_label?: string;
    readonly replacement?: string;
}

/** What Prometheus reads, as https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config */
export interface ScrapeConfiguration {
    readonly job_name: string;
    readonly [field: string]: unknown;
}

/**
 * The scrape configurations of a ServiceMonitor, one for each of its endpoints.
 *
 * @param discoveryUrl where Prometheus asks for the targets of a namespace (see `target-discovery.ts`)
 * @param timeFactor what scrapes come so many times as often by
 * @throws an error that names a field that the lab does not know
 */
export function scrapeConfigurations(
    monitor: ServiceMonitor,
    discoveryUrl: string,
    timeFactor: number,
): readonly ScrapeConfiguration[] {
    const { metadata, spec } = monitor;
    const name = `${metadata.namespace}/${metadata.name}`;
    assertKnownFields(spec, ["selector", "endpoints"], `ServiceMonitor ${name}, spec`);
    assertKnownFields(spec.selector, ["matchLabels"], `ServiceMonitor ${name}, selector`);
    return spec.endpoints.map((endpoint, index) => {
        const where = `ServiceMonitor ${name}, endpoint ${index}`;
        assertKnownFields(endpoint, ["port", "path", "interval", "relabelings"], where);
        return {
            job_name: `serviceMonitor/${name}/${index}`,
            honor_labels: false,
            http_sd_configs: [{ url: `${discoveryUrl}?namespace=${metadata.namespace}`, refresh_interval: "2s" }],
            ...(endpoint.interval !== undefined && {
                scrape_interval: shorterDuration(endpoint.interval, timeFactor),
            }),
            ...(endpoint.path !== undefined && { metrics_path: endpoint.path }),
            relabel_configs: [
                ...Object.entries(spec.selector.matchLabels ?? {}).map(selectService),
                { action: "keep", source_labels: ["__meta_kubernetes_endpoint_port_name"], regex: endpoint.port },
                ...targetLabels,
                { target_label: "endpoint", replacement: endpoint.port },
                ...(endpoint.relabelings ?? []).map((relabeling) => fixedLabel(relabeling, `${where}, relabelings`)),
            ] satisfies readonly Relabelling[],
        };
    });
}

function fixedLabel(relabeling: Relabeling, where: string): Relabelling {
    const { action = "replace", targetLabel, replacement } = relabeling;
    assertKnownFields(relabeling, ["action", "targetLabel", "replacement"], where);
    if (action !== "replace") {
        throw new Error(`${where}: the lab's Prometheus does not know the action ${action}; add it to lab/monitoring`);
    }
    return { target_label: targetLabel, replacement };
}

function selectService([label, value]: readonly [string, string]): Relabelling {
    const meta = metaName(label);
    return {
        action: "keep",
        source_labels: [`__meta_kubernetes_service_label_${meta}`, `__meta_kubernetes_service_labelpresent_${meta}`],
        regex: `(${value});true`,
    };
}

const targetOfEndpoint = [
    "__meta_kubernetes_endpoint_address_target_kind",
    "__meta_kubernetes_endpoint_address_target_name",
];

/** The labels by which series are told apart, in the operator's order. */
const targetLabels: readonly Relabelling[] = [
    ...["node", "pod"].map((label) => ({
        source_labels: targetOfEndpoint,
        separator: ";",
        regex: `${label === "node" ? "Node" : "Pod"};(.*)`,
        target_label: label,
    })),
    { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
    { source_labels: ["__meta_kubernetes_service_name"], target_label: "service" },
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
    { source_labels: ["__meta_kubernetes_pod_container_name"], target_label: "container" },
    { action: "drop", source_labels: ["__meta_kubernetes_pod_phase"], regex: "(Failed|Succeeded)" },
    { source_labels: ["__meta_kubernetes_service_name"], target_label: "job" },
];
