// Rules with shorter times: what is divided, what is not, and what is refused rather than left as it is.

import assert from "node:assert/strict";
import { ruleGroups as ruleGroupsOf } from "../../../../components/monitoring/alerts.ts";
import { type Rule, shorterDuration, withShorterTimes } from "../../../../lab/monitoring/shorter-times.ts";

const ruleGroups = ruleGroupsOf("dev");

function shortened(rule: Rule, factor: number): Rule {
    const [group] = withShorterTimes([{ name: "group", rules: [rule] }], factor);
    const [result] = group?.rules ?? [];
    assert.ok(result);
    return result;
}

const expression = (expr: string, factor: number) => shortened({ alert: "Example", expr }, factor).expr;

describe("rules with shorter times", () => {
    it("divide how long a condition has to hold", () => {
        const { for: duration } = shortened({ alert: "Example", expr: "up", for: "5m" }, 10);
        assert.equal(duration, "30s");
        assert.equal(shortened({ record: "example", expr: "up" }, 10).for, undefined);
    });

    it("divide range selectors, to the millisecond", () => {
        assert.equal(expression("sum(rate(events[2m]))", 10), "sum(rate(events[12s]))");
        assert.equal(expression("rate(events[1h30m]) > rate(others[5m])", 60), "rate(events[90s]) > rate(others[5s])");
        assert.equal(expression("rate(events[1m])", 7), "rate(events[8571ms])");
    });

    it("divide numbers of hours, and nothing else that is a number", () => {
        assert.equal(expression("time() - last > 3 * 3600", 10), "time() - last > 3 * 360");
        assert.equal(
            expression("predict_linear(free[6h], 4 * 24 * 3600) < 0", 10),
            "predict_linear(free[2160s], 4 * 24 * 360) < 0",
        );
        assert.equal(
            expression("sum(rate(events[5m])) > 1000 or x > 13600", 5),
            "sum(rate(events[60s])) > 1000 or x > 13600",
        );
        assert.equal(
            expression('rate(events{of="[5m] 2 * 3600"}[5m]) > 10', 5),
            'rate(events{of="[5m] 2 * 3600"}[60s]) > 10',
        );
    });

    it("are the same with the factor 1", () => {
        assert.deepEqual(
            withShorterTimes(ruleGroups, 1).map(({ rules }) => rules.map(({ expr }) => expr)),
            ruleGroups.map(({ rules }) => rules.map(({ expr }) => expr)),
        );
    });

    it("keep names, labels and annotations of every rule of the system, and shorten every time in them", () => {
        const text = JSON.stringify(ruleGroups);
        assert.match(text, /\[\d+[mh]\]/);
        const short = withShorterTimes(ruleGroups, 10);
        assert.doesNotMatch(JSON.stringify(short), /\[\d+[mh]\]|"for":"\d+[mh]"|\* 3600/);
        const kept = (groups: readonly { readonly rules: readonly Rule[] }[]) =>
            groups.map(({ rules }) =>
                rules.map(({ alert, record, labels, annotations }) => ({ alert, record, labels, annotations })),
            );
        assert.deepEqual(kept(short), kept(ruleGroups));
    });

    for (const unknown of [
        "rate(events[5m] offset 1d)",
        "rate(events[5m] @ 1700000000)",
        "max_over_time(rate(events[5m])[1h:1m])",
    ]) {
        it(`refuse ${unknown}`, () => {
            assert.throws(() => expression(unknown, 10), /rule Example: .* does not shorten/);
        });
    }

    it("refuse a field that may be a time", () => {
        const rule = { alert: "Example", expr: "up", keep_firing_for: "5m" };
        assert.throws(() => shortened(rule, 10), /rule Example: .* does not know keep_firing_for/);
    });

    it("refuse what is no duration", () => {
        assert.equal(shorterDuration("0m", 10), "0s");
        assert.throws(() => shorterDuration("soon", 10), /soon: expected a duration/);
    });
});
