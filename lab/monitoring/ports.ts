// Where the monitoring listens: on the loopback interface, at the usual ports of Prometheus and its companions.

/** TCP ports on the loopback interface. */
export const monitoringPorts = {
    prometheus: 9090,
    alertmanager: 9093,
    targetDiscovery: 9094,
    nodeExporter: 9100,
    kubeStateMetrics: 9180,
    /** Figures of kube-state-metrics about itself, and its health check. */
    kubeStateMetricsTelemetry: 9181,
} as const;

/** Addresses for people and tests. */
export const prometheusUrl = `http://127.0.0.1:${monitoringPorts.prometheus}`;
export const alertmanagerUrl = `http://127.0.0.1:${monitoringPorts.alertmanager}`;
