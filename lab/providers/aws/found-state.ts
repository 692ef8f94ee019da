// The state of a resource from what AWS shows of it. A value that means the same as the one known before is kept as it
// was written, so that only a real difference shows.

import { equivalent } from "./equivalence.ts";
import type { Found, Properties, ResourceType, Value } from "./resource-type.ts";
import { ownTags, type Tags } from "./tags.ts";

/**
 * Outputs of a resource.
 *
 * @param known what is known of it: its inputs, or its state until now; what AWS does not show is taken from it
 */
export function stateFrom(
    type: ResourceType,
    known: Properties,
    found: Found,
    provider: { readonly region: string; readonly tags: Tags },
): Properties {
    const state: Record<string, Value | undefined> = {};
    for (const name of [...Object.keys(type.schema), ...type.computed]) {
        const rule = type.schema[name] ?? { shape: "string" };
        const shown = name in found.properties;
        state[name] =
            shown && !equivalent(rule, known[name], found.properties[name]) ? found.properties[name] : known[name];
    }
    if (!type.global) {
        state.region = provider.region;
    }
    if (found.tags) {
        const set = (known.tags ?? {}) as Tags;
        const own = ownTags(found.tags, provider.tags, set);
        state.tags = Object.keys(own).length > 0 || known.tags !== undefined ? own : undefined;
        state.tagsAll = found.tags;
    }
    return state;
}

/** Inputs that would make the resource as it is now: the known ones, and what differs from them in AWS. */
export function inputsFrom(
    type: ResourceType,
    known: { readonly inputs: Properties; readonly state: Properties },
    state: Properties,
): Properties {
    const inputs: Record<string, Value | undefined> = {};
    for (const [name, rule] of Object.entries(type.schema)) {
        const before = known.inputs[name] ?? known.state[name];
        inputs[name] = equivalent(rule, before, state[name]) ? known.inputs[name] : state[name];
    }
    return inputs;
}

/** Inputs for a resource that is taken over from AWS: what differs from what AWS does when nothing is set. */
export function importedInputs(type: ResourceType, state: Properties): Properties {
    return Object.fromEntries(
        Object.entries(type.schema)
            .filter(([name, rule]) => name !== "region" && !equivalent(rule, rule.default, state[name]))
            .map(([name]) => [name, state[name]]),
    );
}
