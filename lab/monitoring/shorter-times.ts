// The rules with all of their times divided by one factor, so that a test sees in seconds what takes minutes or hours.
//
// What is divided: `for`, range selectors such as `[5m]`, and numbers of hours, written as `3 * 3600`. What is not:
// everything else, so that thresholds such as 10 events a second stay what they are. Times written otherwise (`offset`,
// `@`, subqueries, `keep_firing_for`) are refused, because a rule of which only a part is shortened means something else.

import { assertKnownFields } from "./known-fields.ts";

/** A rule as the API server gives it in a PrometheusRule. */
export interface Rule {
    readonly alert?: string;
    readonly record?: string;
    readonly expr: string;
    readonly for?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
}

/** Rules that are evaluated together. */
export interface RuleGroup {
    readonly name: string;
    readonly rules: readonly Rule[];
}

const millisecondsOf: Readonly<Record<string, number>> = {
    ms: 1,
    s: 1000,
    m: 60_000,
    h: 3_600_000,
    d: 24 * 3_600_000,
    w: 7 * 24 * 3_600_000,
    y: 365 * 24 * 3_600_000,
};

/**
 * The rules with their times divided by `factor`; with 1 they are the same.
 *
 * @throws an error that names the rule and what the lab does not know to shorten
 */
export function withShorterTimes(groups: readonly RuleGroup[], factor: number): readonly RuleGroup[] {
    return groups.map((group) => {
        assertKnownFields(group, ["name", "rules"], `rule group ${group.name}`);
        return { ...group, rules: group.rules.map((rule) => shorterRule(rule, factor)) };
    });
}

function shorterRule(rule: Rule, factor: number): Rule {
    const name = rule.alert ?? rule.record ?? "without a name";
    assertKnownFields(rule, ["alert", "record", "expr", "for", "labels", "annotations"], `rule ${name}`);
    const expr = factor === 1 ? rule.expr : shorterExpression(rule.expr, factor, name);
    return { ...rule, expr, ...(rule.for !== undefined && { for: shorterDuration(rule.for, factor) }) };
}

function shorterExpression(expression: string, factor: number, rule: string): string {
    const withoutTexts = expression.replaceAll(/"[^"]*"/g, '""');
    const unknown = /\boffset\b|@|\[[^\]]*:[^\]]*\]/.exec(withoutTexts)?.[0];
    if (unknown !== undefined) {
        throw new Error(`rule ${rule}: "${unknown}" is a time that lab/monitoring/shorter-times.ts does not shorten`);
    }
    // Texts come first, so that what looks like a time in one of them stays.
    return expression.replaceAll(
        /"[^"]*"|\[(\w+)\]|(\*\s*)3600\b/g,
        (whole, duration: string | undefined, times: string | undefined) => {
            if (duration !== undefined) {
                return `[${shorterDuration(duration, factor)}]`;
            }
            return times === undefined ? whole : `${times}${3600 / factor}`;
        },
    );
}

/**
 * A duration of Prometheus divided by `factor`, to the millisecond.
 *
 * @throws an error when it is no duration (https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations)
 */
export function shorterDuration(duration: string, factor: number): string {
    if (!/^(\d+(ms|[smhdwy]))+$/.test(duration)) {
        throw new Error(`${duration}: expected a duration, such as 5m`);
    }
    const whole = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
        (sum, [, count, unit = ""]) => sum + Number(count) * (millisecondsOf[unit] ?? 0),
        0,
    );
    const milliseconds = Math.round(whole / factor);
    return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}
