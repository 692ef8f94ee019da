// What a provider of the lab has to do; `serve-provider.ts` speaks the engine's protocol for it.

import type { PropertyMap } from "./property-values.ts";

/** A resource as the engine names it. */
export interface ResourceName {
    readonly urn: string;
    /** Type token, for example `kubernetes:core/v1:ConfigMap`. */
    readonly type: string;
    /** Logical name: the last part of the URN. */
    readonly name: string;
}

/** An input that is refused, and why. */
export interface CheckFailure {
    /** Path of the property; empty for the resource as a whole. */
    readonly property: string;
    readonly reason: string;
}

/** What happens to one property: added, changed or removed, and whether that replaces the resource. */
export interface PropertyDifference {
    readonly kind: "add" | "update" | "delete";
    readonly replaces: boolean;
}

/** How the wanted inputs differ from those that were applied, by property path such as `spec.ports[0].port`. */
export interface Difference {
    readonly properties: Readonly<Record<string, PropertyDifference>>;
    /** The old one has to go before the new one can be made, because both would have the same name. */
    readonly deleteBeforeReplace: boolean;
}

/** What is there after a create or update. */
export interface Applied {
    readonly id: string;
    readonly outputs: PropertyMap;
}

/** What a read found. */
export interface Found extends Applied {
    /** The inputs that would make it as it is. */
    readonly inputs: PropertyMap;
}

/** A resource was made, but did not come to what it should be: the engine keeps it in the state and tries again. */
export class InitializationError extends Error {
    readonly applied: Applied;
    readonly inputs: PropertyMap;
    readonly reasons: readonly string[];

    constructor(applied: Applied, inputs: PropertyMap, reasons: readonly string[]) {
        super(reasons.join("\n"));
        this.applied = applied;
        this.inputs = inputs;
        this.reasons = reasons;
    }
}

/** A resource provider. Every method may throw: the engine shows the error's message beside the resource. */
export interface Provider {
    /** Version of the package's SDK. */
    readonly version: string;
    /** Takes the provider's configuration, from `pulumi config` or from an explicit provider resource. */
    configure(configuration: PropertyMap): Promise<void>;
    /** Refuses wrong inputs and adds defaults. */
    check(
        resource: ResourceName & { readonly oldInputs: PropertyMap; readonly newInputs: PropertyMap },
    ): Promise<{ readonly inputs: PropertyMap; readonly failures: readonly CheckFailure[] }>;
    diff(
        resource: ResourceName & {
            readonly id: string;
            readonly oldInputs: PropertyMap;
            readonly oldOutputs: PropertyMap;
            readonly newInputs: PropertyMap;
        },
    ): Promise<Difference>;
    create(resource: ResourceName & { readonly inputs: PropertyMap; readonly preview: boolean }): Promise<Applied>;
    update(
        resource: ResourceName & {
            readonly id: string;
            readonly oldInputs: PropertyMap;
            readonly oldOutputs: PropertyMap;
            readonly newInputs: PropertyMap;
            readonly preview: boolean;
        },
    ): Promise<Applied>;
    /** What is there now; `undefined` when it is gone. Inputs and outputs are empty when it is being imported. */
    read(
        resource: ResourceName & { readonly id: string; readonly inputs: PropertyMap; readonly outputs: PropertyMap },
    ): Promise<Found | undefined>;
    /** Removes it and waits until it is gone; one that is gone already is no error. */
    delete(resource: ResourceName & { readonly id: string; readonly outputs: PropertyMap }): Promise<void>;
    /** Looks something up. */
    invoke(token: string, args: PropertyMap): Promise<PropertyMap>;
}
