// What every alert of the system is made of.

import { namespaceName } from "../labels.ts";

/** Where people who are called find what to do; each alert has a section of its name. */
export const runbookUrl = "https://github.com/chattingo/chattingo-logging/blob/main/docs/operations.md";

/** How urgent an alert is. */
export type Severity = "critical" | "warning";

/** An alert before it has the labels that all have. */
export interface UnlabelledAlert {
    readonly alert: string;
    readonly expr: string;
    /** How long the condition has to hold before anybody is called. */
    readonly for: string;
    readonly labels: { readonly severity: Severity };
    readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

/** One alerting rule (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/). */
export interface AlertRule extends UnlabelledAlert {
    readonly labels: { readonly severity: Severity; readonly namespace: string; readonly stack: string };
}

/** A rate that is kept under a name of its own. */
export interface RecordingRule {
    readonly record: string;
    readonly expr: string;
}

/** Rules that are evaluated together. */
export interface RuleGroup {
    readonly name: string;
    readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** Condition and texts of an alert. */
interface AlertText {
    readonly expr: string;
    /** How long the condition has to hold before anybody is called. */
    readonly for: string;
    readonly severity: Severity;
    readonly summary: string;
    readonly description: string;
}

/** Selects the series of the system. */
export const inNamespace = `namespace="${namespaceName}"`;

/** The alert of the name, which is also that of its section in the operations guide. */
export function alert(
    name: string,
    { expr, for: duration, severity, summary, description }: AlertText,
): UnlabelledAlert {
    return {
        alert: name,
        expr,
        for: duration,
        labels: { severity },
        annotations: { summary, description, runbook_url: `${runbookUrl}#${name.toLowerCase()}` },
    };
}
