// Values of a plan: as AWS has them, or not known yet because another resource has to be made first.

import { Unknown } from "../protocol/property-values.ts";
import type { Properties, Value } from "./resource-type.ts";

/** A value that may be, or may hold, an unknown one. */
export type PlannedValue =
    | boolean
    | number
    | string
    | Unknown
    | readonly PlannedValue[]
    | { readonly [name: string]: PlannedValue | undefined };

/** Property values of a plan. */
export type PlannedProperties = Readonly<Record<string, PlannedValue | undefined>>;

/** Whether a value is an object of the plan, with named members. */
export function isRecord(value: PlannedValue | undefined): value is PlannedProperties {
    return typeof value === "object" && !Array.isArray(value) && !(value instanceof Unknown);
}

/** Whether a value is a list. */
export function isList(value: PlannedValue | undefined): value is readonly PlannedValue[] {
    return Array.isArray(value);
}

/** Whether nothing in the value is unknown. */
export function isKnown(value: PlannedValue | undefined): value is Value | undefined {
    if (isList(value)) {
        return value.every(isKnown);
    }
    return isRecord(value) ? Object.values(value).every(isKnown) : !(value instanceof Unknown);
}

/**
 * The properties as known ones.
 *
 * @throws an error that names the first unknown property, which the engine never sends outside a preview
 */
export function allKnown(properties: PlannedProperties): Properties {
    for (const [name, value] of Object.entries(properties)) {
        if (!isKnown(value)) {
            throw new Error(`property ${name} is not known yet, so it cannot be sent to AWS`);
        }
    }
    return properties as Properties;
}
