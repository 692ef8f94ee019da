// The provider: what the engine asks, answered from the resource types. It knows nothing of how the engine is spoken to.

import {
    allTags,
    type ChangePlan,
    type PlannedChange,
    type ProviderDefaults,
    planChange,
    previewState,
} from "./change-plan.ts";
import { type Clients, connect } from "./clients.ts";
import type { Configuration } from "./configuration.ts";
import { assertAllowedAccount, validateCredentials } from "./credentials.ts";
import { importedInputs, inputsFrom, stateFrom } from "./found-state.ts";
import type { AwsFunction } from "./function.ts";
import { functions } from "./functions.ts";
import { completeInputs, inputProblems, type Problem } from "./input-check.ts";
import { allKnown, type PlannedProperties } from "./planned-value.ts";
import type { Desired, Found, Properties, ResourceType } from "./resource-type.ts";
import { resourceTypes } from "./resource-types.ts";
import type { Tags } from "./tags.ts";

/** Checked inputs, and everything that is wrong with them. */
export interface CheckResult {
    readonly inputs: PlannedProperties;
    readonly problems: readonly Problem[];
}

/** A resource that was made, or found. */
export interface LiveResource {
    readonly id: string;
    readonly state: Properties;
}

/** A resource that is there although something failed while it was being made. */
export class NotInitializedError extends Error {
    readonly resource: LiveResource;

    constructor(token: string, resource: LiveResource, cause: unknown) {
        super(
            `${token} ${resource.id} was made, but not all of it: ${cause instanceof Error ? cause.message : cause}`,
            {
                cause,
            },
        );
        this.name = "NotInitializedError";
        this.resource = resource;
    }
}

/** A provider with its settings. */
export class AwsProvider {
    readonly #configuration: Configuration;
    readonly #clients = new Map<string, Clients>();

    private constructor(configuration: Configuration) {
        this.#configuration = configuration;
    }

    /**
     * Connects, and asks AWS whether it accepts the credentials unless the settings say not to.
     *
     * @throws CredentialsError, or an error that names the account when the settings do not allow it
     */
    static async connect(configuration: Configuration): Promise<AwsProvider> {
        const provider = new AwsProvider(configuration);
        if (configuration.validateCredentials) {
            await validateCredentials(provider.#clientsIn(undefined));
        }
        if (configuration.allowedAccountIds.length > 0) {
            await assertAllowedAccount(provider.#clientsIn(undefined), configuration.allowedAccountIds);
        }
        return provider;
    }

    /** Completes and checks the inputs of a resource. `previous` are the inputs it has now, if it is there. */
    static check(
        token: string,
        pulumiName: string,
        given: PlannedProperties,
        previous: PlannedProperties | undefined,
        seed: Uint8Array,
    ): CheckResult {
        const type = resourceTypeOf(token);
        const inputs = completeInputs(type, pulumiName, given, previous, seed);
        return { inputs, problems: inputProblems(token, type.schema, inputs) };
    }

    /** What has to happen for a resource to become what the inputs say. */
    diff(
        token: string,
        before: { readonly inputs: PlannedProperties; readonly state: Properties },
        after: PlannedProperties,
    ): ChangePlan {
        return planChange(resourceTypeOf(token), before, after, this.#defaults);
    }

    /** What a resource will look like; `state` is what it looks like now, if it is there. */
    preview(token: string, inputs: PlannedProperties, state: Properties | undefined): PlannedProperties {
        return previewState(resourceTypeOf(token), inputs, this.#defaults, state);
    }

    /**
     * Makes a resource.
     *
     * @throws NotInitializedError when it is there, but not as the inputs want it
     */
    async create(token: string, planned: PlannedProperties): Promise<LiveResource> {
        const type = resourceTypeOf(token);
        const inputs = allKnown(planned);
        const clients = this.#clientsIn(inputs.region);
        const desired = this.#desired(inputs);
        const { id, shownOnce } = await type.create(clients, desired);
        const known = { ...inputs, ...shownOnce };
        try {
            await type.finish?.(clients, id, desired);
            return { id, state: await this.#stateOf(type, clients, id, known) };
        } catch (error) {
            throw new NotInitializedError(token, { id, state: known }, error);
        }
    }

    /** The resource as it is now with the inputs that would make it so; `undefined` when it is gone. */
    async read(
        token: string,
        id: string,
        known: { readonly inputs: Properties; readonly state: Properties } | undefined,
    ): Promise<(LiveResource & { readonly inputs: Properties }) | undefined> {
        const type = resourceTypeOf(token);
        const before = known?.state ?? {};
        const clients = this.#clientsIn(before.region);
        const found = await type.read(clients, id, before);
        if (found === undefined) {
            return undefined;
        }
        const state = stateFrom(type, before, found, { region: clients.region, tags: this.#configuration.defaultTags });
        return { id, state, inputs: known ? inputsFrom(type, known, state) : importedInputs(type, state) };
    }

    /** Changes a resource in place and returns its new state. */
    async update(
        token: string,
        id: string,
        before: { readonly inputs: PlannedProperties; readonly state: Properties },
        planned: PlannedProperties,
    ): Promise<Properties> {
        const type = resourceTypeOf(token);
        const inputs = allKnown(planned);
        const clients = this.#clientsIn(before.state.region);
        const changed = changedProperties(type, planChange(type, before, planned, this.#defaults).changes);
        const previousTags = (before.state.tagsAll ?? {}) as Tags;
        await type.update(clients, id, this.#desired(inputs), changed, previousTags);
        const computed = Object.fromEntries(type.computed.map((name) => [name, before.state[name]]));
        return this.#stateOf(type, clients, id, { ...computed, ...inputs });
    }

    /** Deletes a resource. */
    async delete(token: string, id: string, state: Properties): Promise<void> {
        await resourceTypeOf(token).delete(this.#clientsIn(state.region), id, state);
    }

    /**
     * Looks something up.
     *
     * @throws an error that names every argument that does not fit
     */
    async call(token: string, args: Properties): Promise<Properties> {
        const called = functionOf(token);
        const problems = inputProblems(token, called.schema, args);
        if (problems.length > 0) {
            throw new Error(problems.map(({ property, reason }) => `${property} ${reason}`).join("\n"));
        }
        return called.call(this.#clientsIn(args.region), args);
    }

    get #defaults(): ProviderDefaults {
        return { region: this.#configuration.region, tags: this.#configuration.defaultTags };
    }

    #desired(inputs: Properties): Desired<Properties> {
        return { inputs, tags: allTags(inputs.tags, this.#configuration.defaultTags) as Tags };
    }

    #clientsIn(region: unknown): Clients {
        const name = typeof region === "string" ? region : this.#configuration.region;
        const clients = this.#clients.get(name) ?? connect(this.#configuration, name);
        this.#clients.set(name, clients);
        return clients;
    }

    async #stateOf(type: ResourceType, clients: Clients, id: string, known: Properties): Promise<Properties> {
        const found: Found | undefined = await type.read(clients, id, known);
        if (found === undefined) {
            throw new Error(`AWS does not show ${type.token} ${id} right after it was made or changed; try again`);
        }
        return stateFrom(type, known, found, { region: clients.region, tags: this.#configuration.defaultTags });
    }
}

/**
 * Names of the changed properties. None at all means that the engine wants an earlier, failed attempt to be finished,
 * so everything is set again.
 */
function changedProperties(type: ResourceType, changes: readonly PlannedChange[]): ReadonlySet<string> {
    return new Set(changes.length > 0 ? changes.map(({ property }) => property) : Object.keys(type.schema));
}

function resourceTypeOf(token: string): ResourceType {
    const type = resourceTypes.get(token);
    if (type === undefined) {
        throw notCovered("resource type", token, resourceTypes.keys());
    }
    return type;
}

function functionOf(token: string): AwsFunction {
    const called = functions.get(token);
    if (called === undefined) {
        throw notCovered("function", token, functions.keys());
    }
    return called;
}

function notCovered(what: string, token: string, covered: Iterable<string>): Error {
    return new Error(
        `${what} ${token} is not covered by the lab's stand-in for the AWS provider; it covers ${[...covered].join(", ")}. Use the official Pulumi CLI and plugin for it.`,
    );
}
