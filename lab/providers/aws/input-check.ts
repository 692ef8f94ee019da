// Whether a program's inputs fit a schema, and what a resource is called when the program does not say.

import { createHash } from "node:crypto";
import { Unknown } from "../protocol/property-values.ts";
import { isList, isRecord, type PlannedProperties, type PlannedValue } from "./planned-value.ts";
import type { PropertyRule, ResourceType, Shape } from "./resource-type.ts";

/** One thing that is wrong with the inputs. */
export interface Problem {
    /** Path of the property, for example `rules[0].status`. */
    readonly property: string;
    readonly reason: string;
}

/** Everything that does not fit the schema. */
export function inputProblems(
    token: string,
    schema: Readonly<Record<string, PropertyRule>>,
    inputs: PlannedProperties,
): readonly Problem[] {
    return fieldProblems(token, "", schema, inputs);
}

/** Inputs with the schema's defaults and a name in the place of what the program leaves out. */
export function completeInputs(
    type: ResourceType,
    pulumiName: string,
    given: PlannedProperties,
    previous: PlannedProperties | undefined,
    seed: Uint8Array,
): PlannedProperties {
    const inputs: Record<string, PlannedValue | undefined> = { ...given };
    for (const [name, rule] of Object.entries(type.schema)) {
        if (rule.default !== undefined && inputs[name] === undefined) {
            inputs[name] = rule.default;
        }
    }
    const named = type.autoNamed;
    if (named && inputs[named.property] === undefined) {
        inputs[named.property] = previous?.[named.property] ?? autoName(named, pulumiName, seed);
    }
    return inputs;
}

/** Hexadecimal digits that make a name unique, as many as Pulumi's own providers use. */
const suffixLength = 7;

function autoName(named: NonNullable<ResourceType["autoNamed"]>, pulumiName: string, seed: Uint8Array): string {
    const suffix = createHash("sha256").update(seed).update(pulumiName).digest("hex").slice(0, suffixLength);
    const base = named.lowerCase ? pulumiName.toLowerCase() : pulumiName;
    return `${base.slice(0, named.maxLength - suffixLength - 1)}-${suffix}`;
}

type Fields = Readonly<Record<string, { readonly shape: Shape; readonly required?: boolean }>>;

function fieldProblems(token: string, path: string, fields: Fields, values: PlannedProperties): Problem[] {
    const at = (name: string) => (path === "" ? name : `${path}.${name}`);
    const unexpected = Object.keys(values).filter((name) => !(name in fields) && values[name] !== undefined);
    return [
        ...unexpected.map((name) => ({
            property: at(name),
            reason: `is not covered for ${token} by the lab's stand-in for the AWS provider; it covers ${Object.keys(fields).join(", ")}`,
        })),
        ...Object.entries(fields).flatMap(([name, { shape, required }]) => {
            const value = values[name];
            if (value === undefined) {
                return required ? [{ property: at(name), reason: `is required for ${token}` }] : [];
            }
            return shapeProblems(token, at(name), shape, value);
        }),
    ];
}

function shapeProblems(token: string, path: string, shape: Shape, value: PlannedValue): Problem[] {
    if (value instanceof Unknown) {
        return [];
    }
    if (typeof shape === "string") {
        const fits =
            shape === "map"
                ? isRecord(value) &&
                  Object.values(value).every((entry) => typeof entry === "string" || entry instanceof Unknown)
                : typeof value === shape;
        return fits ? [] : [wrongShape(path, shape === "map" ? "an object of strings" : `a ${shape}`, value)];
    }
    if ("listOf" in shape) {
        return isList(value)
            ? value.flatMap((element, index) => shapeProblems(token, `${path}[${index}]`, shape.listOf, element))
            : [wrongShape(path, "a list", value)];
    }
    return isRecord(value) ? fieldProblems(token, path, shape.fields, value) : [wrongShape(path, "an object", value)];
}

function wrongShape(property: string, expected: string, value: PlannedValue): Problem {
    const actual = isList(value) ? "a list" : isRecord(value) ? "an object" : `${typeof value} ${String(value)}`;
    return { property, reason: `must be ${expected}, but is ${actual}` };
}
