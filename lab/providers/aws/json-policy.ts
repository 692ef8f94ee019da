// When two JSON policies mean the same, although AWS returns another text than it was given.

import { isDeepStrictEqual } from "node:util";
import type { PropertyRule, Value } from "./resource-type.ts";

/**
 * Whether two policy documents are equivalent: order of keys, order of strings in a list, and a single element in or
 * without a list make no difference (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).
 * Texts that are not JSON are compared as texts.
 */
export function samePolicy(one: Value, other: Value): boolean {
    return one === other || isDeepStrictEqual(canonical(parsed(one)), canonical(parsed(other)));
}

/** Rule of a required property that holds a policy document. */
export const policyRule: PropertyRule = { shape: "string", required: true, same: samePolicy };

function parsed(policy: Value): unknown {
    if (typeof policy !== "string") {
        return policy;
    }
    try {
        return JSON.parse(policy);
    } catch {
        return policy;
    }
}

function canonical(value: unknown): unknown {
    if (Array.isArray(value)) {
        const elements = value.map(canonical);
        if (elements.length === 1) {
            return elements[0];
        }
        return elements.every((element) => typeof element === "string") ? elements.toSorted() : elements;
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, canonical(member)]));
    }
    // Condition values may be written as JSON booleans and numbers; AWS keeps them as strings.
    return typeof value === "boolean" || typeof value === "number" ? String(value) : value;
}
