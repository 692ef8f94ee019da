// Between the engine's property values, which may be marked as secret, and the provider's plain ones.

import { isMap, type PropertyMap, type PropertyValue, Secret, Unknown } from "../protocol/property-values.ts";
import { isList, isRecord, type PlannedProperties, type PlannedValue } from "./planned-value.ts";
import type { Properties } from "./resource-type.ts";

/** The engine's properties without secret marks; `null` counts as not set. */
export function fromEngine(properties: PropertyMap): PlannedProperties {
    return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, planned(value)]));
}

/** The engine's record of a resource's state, in which nothing is unknown outside a preview. */
export function stateFromEngine(properties: PropertyMap): Properties {
    return fromEngine(properties) as Properties;
}

/**
 * Properties for the engine.
 *
 * @param like a property that holds a secret there is secret as a whole
 * @param secrets names of properties that are secret in any case
 */
export function toEngine(
    properties: PlannedProperties,
    like: PropertyMap = {},
    secrets: readonly string[] = [],
): PropertyMap {
    return Object.fromEntries(
        Object.entries(properties).flatMap(([name, value]): [string, PropertyValue][] => {
            if (value === undefined) {
                return [];
            }
            const plain = unplanned(value);
            return [[name, secrets.includes(name) || holdsSecret(like[name]) ? new Secret(plain) : plain]];
        }),
    );
}

function planned(value: PropertyValue | undefined): PlannedValue | undefined {
    if (value instanceof Secret) {
        return planned(value.value);
    }
    if (value instanceof Unknown) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((element: PropertyValue) => planned(element) ?? "");
    }
    if (isMap(value)) {
        return fromEngine(value);
    }
    return value === null ? undefined : (value as boolean | number | string | undefined);
}

function unplanned(value: PlannedValue): PropertyValue {
    if (isList(value)) {
        return value.map(unplanned);
    }
    return isRecord(value) ? toEngine(value) : value;
}

function holdsSecret(value: PropertyValue | undefined): boolean {
    if (value instanceof Secret) {
        return true;
    }
    if (Array.isArray(value)) {
        return value.some(holdsSecret);
    }
    return isMap(value) && Object.values(value).some(holdsSecret);
}
