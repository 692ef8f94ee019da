// When two values of a property ask the same of AWS, and where two values differ.

import { Unknown } from "../protocol/property-values.ts";
import { isList, isRecord, type PlannedValue } from "./planned-value.ts";
import type { PropertyRule } from "./resource-type.ts";

/** One difference, at a path such as `rules[0].expiration.days`. */
export interface Difference {
    readonly path: string;
    readonly kind: "add" | "delete" | "update";
}

/**
 * Whether two values ask the same of AWS. AWS leaves out what is empty or false, and fills in what is left out with
 * empty values, so a missing value equals an empty one.
 */
export function equivalent(
    rule: PropertyRule,
    one: PlannedValue | undefined,
    other: PlannedValue | undefined,
): boolean {
    return differences(rule, "", one, other).length === 0;
}

/** Where `after` differs from `before`. An unknown value differs from every value. */
export function differences(
    rule: PropertyRule,
    path: string,
    before: PlannedValue | undefined,
    after: PlannedValue | undefined,
): readonly Difference[] {
    if (before instanceof Unknown || after instanceof Unknown) {
        return [{ path, kind: "update" }];
    }
    // In a map an empty string is a value like any other.
    const missing = rule.shape === "map" ? (value: PlannedValue | undefined) => value === undefined : isEmpty;
    if (missing(before) || missing(after)) {
        if (missing(before) && missing(after)) {
            return [];
        }
        return [{ path, kind: missing(before) ? "add" : "delete" }];
    }
    if (isRecord(before) && isRecord(after)) {
        const names = new Set([...Object.keys(before), ...Object.keys(after)]);
        return [...names].flatMap((name) =>
            differences(rule, path === "" ? name : `${path}.${name}`, before[name], after[name]),
        );
    }
    if (isList(before) && isList(after) && before.length === after.length) {
        return before.flatMap((element, index) => differences(rule, `${path}[${index}]`, element, after[index]));
    }
    const same = before === after || (isSimple(before) && isSimple(after) && rule.same?.(before, after));
    return same ? [] : [{ path, kind: "update" }];
}

function isSimple(value: PlannedValue | undefined): value is boolean | number | string {
    return typeof value === "boolean" || typeof value === "number" || typeof value === "string";
}

function isEmpty(value: PlannedValue | undefined): boolean {
    if (value === undefined || value === "" || value === false) {
        return true;
    }
    if (isList(value)) {
        return value.length === 0;
    }
    return isRecord(value) && Object.values(value).every(isEmpty);
}
