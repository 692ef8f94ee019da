// What the tests ask of the lab's Prometheus and Alertmanager.

import assert from "node:assert/strict";
import { alertmanagerUrl, prometheusUrl } from "../../lab/monitoring/ports.ts";

/** One series of an answer, with its value now. */
export interface Sample {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: number;
}

/** The value of an expression now, which must be a vector (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries). */
export async function query(expression: string): Promise<readonly Sample[]> {
    const { data } = (await ask(`${prometheusUrl}/api/v1/query`, { query: expression })) as {
        readonly data: {
            readonly resultType: string;
            readonly result: readonly {
                readonly metric: Readonly<Record<string, string>>;
                readonly value: readonly [number, string];
            }[];
        };
    };
    assert.equal(data.resultType, "vector", expression);
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** Names of all metrics that Prometheus has seen since it was started. */
export async function metricNames(): Promise<ReadonlySet<string>> {
    const { data } = (await ask(`${prometheusUrl}/api/v1/label/__name__/values`)) as {
        readonly data: readonly string[];
    };
    return new Set(data);
}

/** What tells an alert from others. */
export type AlertLabels = Readonly<Record<string, string>>;

/** Labels of the alerts that Alertmanager has received and that have not ended. */
export async function firingAlerts(): Promise<readonly AlertLabels[]> {
    const alerts = (await ask(`${alertmanagerUrl}/api/v2/alerts`)) as readonly { readonly labels: AlertLabels }[];
    return alerts.map(({ labels }) => labels);
}

/** Labels of the alerts whose condition holds, be it for long enough or not. */
export async function alertsWhoseConditionHolds(): Promise<readonly AlertLabels[]> {
    const { data } = (await ask(`${prometheusUrl}/api/v1/alerts`)) as {
        readonly data: { readonly alerts: readonly { readonly labels: AlertLabels }[] };
    };
    return data.alerts.map(({ labels }) => labels);
}

async function ask(url: string, form?: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(url, form && { method: "POST", body: new URLSearchParams(form) });
    const text = await response.text();
    assert.ok(response.ok, `${url} answered ${response.status}: ${text}`);
    return JSON.parse(text);
}
