// What the provider knows of one AWS resource type: its properties, and how to make, read, change and delete one.

import type { Clients } from "./clients.ts";
import type { Tags } from "./tags.ts";

/** A value as AWS and Pulumi exchange it, known and without secret marks. */
export type Value = boolean | number | string | readonly Value[] | { readonly [name: string]: Value | undefined };

/** Property values by their Pulumi names; a property without a value is missing or `undefined`. */
export type Properties = Readonly<Record<string, Value | undefined>>;

/** What a change of a property does: changes the resource, replaces it, or is refused because it is not covered. */
export type ChangeEffect = "updates" | "replaces" | "is not covered";

/** Type of a property's values; `map` holds strings under any names. */
export type Shape =
    | "boolean"
    | "number"
    | "string"
    | "map"
    | { readonly listOf: Shape }
    | { readonly fields: Readonly<Record<string, { readonly shape: Shape; readonly required?: boolean }>> };

/** One property that a program may set. */
export interface PropertyRule {
    readonly shape: Shape;
    /** A program has to set it; false by default. */
    readonly required?: boolean;
    /** Value when the program sets none; without one AWS decides. */
    readonly default?: Value;
    /** `updates` by default. */
    readonly change?: ChangeEffect;
    /** Whether two values mean the same to AWS; by default, whether they are equal. */
    readonly same?: (one: Value, other: Value) => boolean;
}

/** The properties that a program may set, one rule for each field of the inputs' interface. */
export type Schema<Inputs> = { readonly [Name in keyof Inputs]-?: PropertyRule };

/** What a create or update works from. */
export interface Desired<Inputs> {
    readonly inputs: Inputs;
    /** The resource's own tags over the provider's default tags. */
    readonly tags: Tags;
}

/** A resource as AWS shows it. */
export interface Found {
    /** Values of settable and computed properties; one that AWS does not show is left out. */
    readonly properties: Properties;
    /** Every tag; `undefined` for a type without tags. */
    readonly tags?: Tags;
}

/** What {@link ResourceType.create} returns. */
export interface Created {
    readonly id: string;
    /** Computed values that AWS shows only once. */
    readonly shownOnce?: Properties;
}

/** One resource type. All calls throw the error of the AWS SDK when AWS refuses. */
export interface ResourceType<Inputs = Properties> {
    /** Pulumi's type token, for example `aws:s3/bucket:Bucket`. */
    readonly token: string;
    readonly schema: Schema<Inputs>;
    /** Names of the properties that only AWS can tell: unknown in the preview of a create. */
    readonly computed: readonly string[];
    /** Names of computed properties that are secret. */
    readonly secrets?: readonly string[];
    /** Property that is made from the resource's Pulumi name when the program does not set it. */
    readonly autoNamed?: { readonly property: string; readonly maxLength: number; readonly lowerCase?: boolean };
    /** Properties that together are the resource's address: two resources with the same cannot be at once. */
    readonly address: readonly string[];
    readonly tagged: boolean;
    /** IAM is global; anything else lives in the region given by the property `region` or by the provider. */
    readonly global?: boolean;

    create(clients: Clients, desired: Desired<Inputs>): Promise<Created>;
    /** What is left to do when the resource is there; if it fails, the resource counts as made but not initialized. */
    finish?(clients: Clients, id: string, desired: Desired<Inputs>): Promise<void>;
    /** `undefined` when it is not there. `state` is what is known of it: empty when it is being imported. */
    read(clients: Clients, id: string, state: Properties): Promise<Found | undefined>;
    /** `changed` names the changed inputs, and `tags` when any tag changes; `previous` are the tags there were. */
    update(
        clients: Clients,
        id: string,
        desired: Desired<Inputs>,
        changed: ReadonlySet<string>,
        previous: Tags,
    ): Promise<void>;
    /** Deletes it; one that is gone already is no error. */
    delete(clients: Clients, id: string, state: Properties): Promise<void>;
}

/**
 * Declares a resource type with typed inputs and forgets their type: the provider checks inputs against the schema
 * before any call, and the schema has a rule for every field.
 */
export function resourceType<Inputs>(type: ResourceType<Inputs>): ResourceType {
    return type as unknown as ResourceType;
}

/** Rule of the property `region` that every regional resource has. */
export const regionRule: PropertyRule = { shape: "string", change: "replaces" };

/** Rule of the property `tags`. */
export const tagsRule: PropertyRule = { shape: "map" };
