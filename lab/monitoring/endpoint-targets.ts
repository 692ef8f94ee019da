// Stands in for Prometheus' own discovery of a namespace's endpoints (`kubernetes_sd_configs`, role `endpoints`), which
// Debian's build of Prometheus leaves out.
//
// It covers the labels that the operator's relabelling reads. Addresses that are not ready, ports of pods that no service
// names and the other `__meta_kubernetes_*` labels are left out.

/** Objects of one namespace, as the API server lists them. */
export interface NamespaceObjects {
    readonly services: readonly Named[];
    readonly endpoints: readonly Endpoints[];
    readonly pods: readonly Pod[];
}

interface Named {
    readonly metadata: {
        readonly name: string;
        readonly namespace: string;
        readonly labels?: Readonly<Record<string, string>>;
    };
}

interface Endpoints extends Named {
    readonly subsets?: readonly {
        readonly addresses?: readonly {
            readonly ip: string;
            readonly targetRef?: { readonly kind: string; readonly name: string };
        }[];
        readonly ports?: readonly { readonly name?: string; readonly port: number }[];
    }[];
}

interface Pod extends Named {
    readonly spec: {
        readonly containers: readonly {
            readonly name: string;
            readonly ports?: readonly { readonly containerPort: number }[];
        }[];
    };
    readonly status: { readonly phase: string };
}

/** One target, as https://prometheus.io/docs/prometheus/latest/http_sd/ has it. */
export interface DiscoveredTarget {
    readonly targets: readonly [string];
    readonly labels: Readonly<Record<string, string>>;
}

/** The name of a label of a Kubernetes object within the name of a label of Prometheus. */
export function metaName(label: string): string {
    return label.replaceAll(/[^a-zA-Z0-9_]/g, "_");
}

/** Each ready address of each service at each of its ports. */
export function endpointTargets({ services, endpoints, pods }: NamespaceObjects): readonly DiscoveredTarget[] {
    return endpoints.flatMap(({ metadata, subsets = [] }) => {
        const service = services.find((candidate) => candidate.metadata.name === metadata.name);
        return subsets.flatMap(({ addresses = [], ports = [] }) =>
            addresses.flatMap(({ ip, targetRef }) =>
                ports.map(({ name = "", port }): DiscoveredTarget => {
                    const pod = pods.find((candidate) => candidate.metadata.name === targetRef?.name);
                    return {
                        targets: [`${ip}:${port}`],
                        labels: {
                            __meta_kubernetes_namespace: metadata.namespace,
                            __meta_kubernetes_endpoint_port_name: name,
                            ...(targetRef && {
                                __meta_kubernetes_endpoint_address_target_kind: targetRef.kind,
                                __meta_kubernetes_endpoint_address_target_name: targetRef.name,
                            }),
                            ...(service && serviceLabels(service)),
                            ...(targetRef?.kind === "Pod" && pod && podLabels(pod, port)),
                        },
                    };
                }),
            ),
        );
    });
}

function serviceLabels({ metadata }: Named): Readonly<Record<string, string>> {
    const ofLabels = Object.entries(metadata.labels ?? {}).flatMap(([label, value]) => [
        [`__meta_kubernetes_service_label_${metaName(label)}`, value],
        [`__meta_kubernetes_service_labelpresent_${metaName(label)}`, "true"],
    ]);
    return { __meta_kubernetes_service_name: metadata.name, ...Object.fromEntries(ofLabels) };
}

function podLabels({ metadata, spec, status }: Pod, port: number): Readonly<Record<string, string>> {
    const container = spec.containers.find(({ ports = [] }) =>
        ports.some(({ containerPort }) => containerPort === port),
    );
    return {
        __meta_kubernetes_pod_name: metadata.name,
        __meta_kubernetes_pod_phase: status.phase,
        ...(container && { __meta_kubernetes_pod_container_name: container.name }),
    };
}
