// Where two trees of property values differ, by path, as the engine's detailed diff names it.

import { isMap, type PropertyValue, Secret, Unknown } from "./property-values.ts";
import type { PropertyDifference } from "./provider.ts";

/** The differences from `before` to `after`; a value that is not known yet differs from any. */
export function differences(
    before: PropertyValue | undefined,
    after: PropertyValue | undefined,
    path = "",
): Readonly<Record<string, PropertyDifference["kind"]>> {
    if (before instanceof Secret || after instanceof Secret) {
        return differences(unwrapped(before), unwrapped(after), path);
    }
    if (isMap(before) && isMap(after)) {
        const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
        return Object.assign({}, ...names.map((name) => differences(before[name], after[name], member(path, name))));
    }
    if (Array.isArray(before) && Array.isArray(after)) {
        const indexes = [...Array(Math.max(before.length, after.length)).keys()];
        return Object.assign(
            {},
            ...indexes.map((index) => differences(before[index], after[index], `${path}[${index}]`)),
        );
    }
    const isMissing = (value: PropertyValue | undefined) => value === undefined || value === null;
    if (isMissing(before) && isMissing(after)) {
        return {};
    }
    if (isMissing(before)) {
        return { [path]: "add" };
    }
    if (isMissing(after)) {
        return { [path]: "delete" };
    }
    return before === after && !(after instanceof Unknown) ? {} : { [path]: "update" };
}

function unwrapped(value: PropertyValue | undefined): PropertyValue | undefined {
    return value instanceof Secret ? value.value : value;
}

/** Path of a member; a name with a dot is quoted, as in `metadata.labels["app.kubernetes.io/name"]`. */
function member(path: string, name: string): string {
    if (/[.[\]"]/.test(name)) {
        return `${path}[${JSON.stringify(name)}]`;
    }
    return path === "" ? name : `${path}.${name}`;
}
