// Operators of other projects without which a stack can't be brought up.

import type { Settings } from "../settings/index.ts";

/** Resource types of an operator. */
export interface Operator {
    /** Their API group. */
    readonly group: string;
    readonly types: readonly string[];
    /** What follows when they are missing, and the ways out. */
    readonly missing: string;
}

const certManager: Operator = {
    group: "cert-manager.io",
    types: ["certificates.cert-manager.io", "issuers.cert-manager.io"],
    missing:
        "the cluster has no cert-manager, which search.certManager counts on: pulumi up fails, and no Elasticsearch starts without TLS. Install it (https://cert-manager.io/docs/installation/helm/), or set search.certManager to false and make the Secrets elasticsearch-tls and kibana-server-tls yourself",
};

const prometheusOperator: Operator = {
    group: "monitoring.coreos.com",
    types: ["prometheusrules.monitoring.coreos.com", "servicemonitors.monitoring.coreos.com"],
    missing:
        "the cluster has no Prometheus operator, which monitoring.operator counts on: pulumi up fails. Install it (https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack), or set monitoring.operator to false, and nobody is alerted",
};

/** Those that the stack counts on. */
export function operatorsOf({ search, monitoring }: Settings): readonly Operator[] {
    return [
        ...(search.security?.certManager ? [certManager] : []),
        ...(monitoring.enabled && monitoring.operator ? [prometheusOperator] : []),
    ];
}
