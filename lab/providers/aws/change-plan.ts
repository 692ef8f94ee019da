// What a change of inputs means for a resource: nothing, a change in place, or a replacement.

import { Unknown, unknown } from "../protocol/property-values.ts";
import { type Difference, differences } from "./equivalence.ts";
import { isKnown, isRecord, type PlannedProperties, type PlannedValue } from "./planned-value.ts";
import type { Properties, ResourceType } from "./resource-type.ts";
import type { Tags } from "./tags.ts";

/** One difference and what it does. */
export interface PlannedChange extends Difference {
    /** Name of the top-level property. */
    readonly property: string;
    readonly replaces: boolean;
}

/** What has to happen to a resource. */
export interface ChangePlan {
    readonly changes: readonly PlannedChange[];
    /** The old one has to go first because the new one has the same address. */
    readonly deleteBeforeReplace: boolean;
}

/** What the provider's own settings contribute to every resource. */
export interface ProviderDefaults {
    readonly region: string;
    readonly tags: Tags;
}

/**
 * Compares what a resource was made from with what it shall be made from.
 *
 * @throws an error when a property differs whose change is not covered
 */
export function planChange(
    type: ResourceType,
    before: { readonly inputs: PlannedProperties; readonly state: Properties },
    after: PlannedProperties,
    defaults: ProviderDefaults,
): ChangePlan {
    const changes = Object.entries(type.schema).flatMap(([property, rule]): PlannedChange[] => {
        // What the program leaves out is the provider's region; what it did not set before is what AWS chose.
        const previous =
            before.inputs[property] ?? (after[property] === undefined ? undefined : before.state[property]);
        const found =
            property === "region"
                ? differences(rule, property, before.state.region, after.region ?? defaults.region)
                : differences(rule, property, previous, after[property]);
        if (found.length > 0 && rule.change === "is not covered") {
            throw new Error(
                `changing ${property} of ${type.token} is not covered by the lab's stand-in for the AWS provider; delete and make the resource again`,
            );
        }
        return found.map((difference) => ({ ...difference, property, replaces: rule.change === "replaces" }));
    });
    if (type.tagged && !changes.some(({ property }) => property === "tags")) {
        const found = differences(
            type.schema.tags ?? { shape: "map" },
            "tagsAll",
            before.state.tagsAll ?? {},
            allTags(after.tags, defaults.tags),
        );
        changes.push(...found.map((difference) => ({ ...difference, property: "tags", replaces: false })));
    }
    const sameAddress = type.address.every(
        (property) => isKnown(after[property]) && after[property] === before.state[property],
    );
    return {
        changes,
        deleteBeforeReplace: type.address.length > 0 && sameAddress && changes.some(({ replaces }) => replaces),
    };
}

/** The resource's tags over the provider's default tags. */
export function allTags(own: PlannedValue | undefined, defaults: Tags): PlannedValue {
    return own instanceof Unknown ? own : { ...defaults, ...(isRecord(own) ? own : {}) };
}

/** What a preview shows of a resource that is about to be made or changed; `state` is the one it has now. */
export function previewState(
    type: ResourceType,
    inputs: PlannedProperties,
    defaults: ProviderDefaults,
    state: Properties | undefined,
): PlannedProperties {
    return {
        ...Object.fromEntries(type.computed.map((name) => [name, state === undefined ? unknown : state[name]])),
        ...inputs,
        ...(!type.global && { region: inputs.region ?? defaults.region }),
        ...(type.tagged && { tagsAll: allTags(inputs.tags, defaults.tags) }),
    };
}
