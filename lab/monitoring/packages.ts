// What of the monitoring comes from Debian rather than from a Go module.

import type { DebianPackage } from "../tools/debian-packages.ts";

/** Prometheus with its tool promtool, Alertmanager and the exporter of a node's own figures. */
export const monitoringPackages: readonly DebianPackage[] = [
    { name: "prometheus", provides: "prometheus" },
    { name: "prometheus-alertmanager", provides: "prometheus-alertmanager" },
    { name: "prometheus-node-exporter", provides: "prometheus-node-exporter" },
];
