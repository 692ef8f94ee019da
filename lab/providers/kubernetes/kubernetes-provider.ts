// The provider: inputs to the API server, what it has back to the engine.

import { differences } from "../protocol/differences.ts";
import {
    hasUnknown,
    isMap,
    markSecretsLike,
    type PlainMap,
    type PropertyMap,
    Secret,
    toPlain,
    toPlainMap,
    unknown,
} from "../protocol/property-values.ts";
import {
    type Applied,
    type Change,
    type CheckFailure,
    type Difference,
    type Found,
    InitializationError,
    type Provider,
} from "../protocol/provider.ts";
import { ApiClient, ApiError } from "./api-client.ts";
import { type MutableKinds, replaces } from "./immutable-fields.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { addressOf, type KubernetesObject, type ObjectAddress, objectId } from "./kubernetes-object.ts";
import { liveInputs } from "./live-inputs.ts";
import { apply, dryRun } from "./server-side-apply.ts";
import { waitUntilGone, waitUntilReady } from "./waiting/wait.ts";

/** Settings of the provider that are covered; `version` is the engine's own. */
const coveredSettings = [
    "kubeconfig",
    "context",
    "namespace",
    "enableConfigMapMutable",
    "enableSecretMutable",
    "version",
];
/** Kinds of the package that are no objects of the API. */
const refusedTypes = /^kubernetes:(yaml|helm\.sh|kustomize)|Patch$|List$/;

/** The Kubernetes provider of the lab, for the given version of `@pulumi/kubernetes`. */
export class KubernetesProvider implements Provider {
    readonly version: string;
    #kubeconfig: string | undefined;
    #context: string | undefined;
    #namespace = "default";
    #mutable: MutableKinds = { configMap: false, secret: false };
    #client: ApiClient | undefined;

    constructor(version: string) {
        this.version = version;
    }

    async configure(configuration: PropertyMap): Promise<void> {
        const settings = toPlainMap(configuration, "");
        const other = Object.keys(settings).find((name) => !coveredSettings.includes(name));
        if (other !== undefined) {
            throw new Error(
                `kubernetes:${other} is not covered by the lab's Kubernetes provider; use the official plugin`,
            );
        }
        this.#kubeconfig = optionalText(settings.kubeconfig);
        this.#context = optionalText(settings.context);
        this.#namespace = optionalText(settings.namespace) ?? this.#namespace;
        this.#mutable = {
            configMap: isTrue(settings.enableConfigMapMutable),
            secret: isTrue(settings.enableSecretMutable),
        };
    }

    async check(resource: Parameters<Provider["check"]>[0]) {
        const { type, newInputs } = resource;
        const failures: CheckFailure[] = [];
        if (refusedTypes.test(type)) {
            failures.push({
                property: "",
                reason: `${type} is not covered by the lab's Kubernetes provider; use the official plugin`,
            });
        }
        const metadata = newInputs.metadata;
        const name = isMap(metadata) ? metadata.name : undefined;
        if (name === undefined || name === "") {
            failures.push({
                property: "metadata.name",
                reason: "is missing: names of this system are fixed, because operators type them; set it",
            });
        }
        if (failures.length > 0) {
            return { inputs: newInputs, failures };
        }
        const { apiVersion, kind } = newInputs as { apiVersion: string; kind: string };
        const isNamespaced = await this.#api().isNamespaced(apiVersion, kind);
        const withNamespace = isNamespaced ? { namespace: this.#namespace } : {};
        const marked = isSecretKind(kind) ? withSecretData(newInputs) : newInputs;
        return { inputs: { ...marked, metadata: { ...withNamespace, ...(metadata as PropertyMap) } }, failures };
    }

    async diff({ oldInputs, newInputs }: Parameters<Provider["diff"]>[0]): Promise<Difference> {
        const before = toPlainMap(oldInputs, "");
        const kind = String(before.kind);
        const found = Object.entries(differences(oldInputs, newInputs)).map(
            ([path, change]) =>
                [path, { kind: change, replaces: replaces(kind, path, before, this.#mutable) }] as const,
        );
        const isSameAddress = !found.some(([path]) => path === "metadata.name" || path === "metadata.namespace");
        return { properties: Object.fromEntries(found), deleteBeforeReplace: isSameAddress };
    }

    async create(change: Parameters<Provider["create"]>[0]): Promise<Applied> {
        return change.preview ? this.#preview(change.inputs, true) : this.#apply(change, change.inputs);
    }

    async update(change: Parameters<Provider["update"]>[0]): Promise<Applied> {
        return change.preview ? this.#preview(change.newInputs, false) : this.#apply(change, change.newInputs);
    }

    async read({ id, type, inputs }: Parameters<Provider["read"]>[0]): Promise<Found | undefined> {
        const plainInputs = toPlainMap(inputs);
        const address = inputs.kind === undefined ? addressOf(id, type) : addressFrom(inputs);
        const live = await this.#api().get(address);
        if (!live) {
            return this.#goneAsItShould(plainInputs) ? { id, inputs, outputs: inputs } : undefined;
        }
        const current = liveInputs(plainInputs, live);
        const marked = markSecretsLike(current, inputs) as PropertyMap;
        return {
            id: objectId(live),
            inputs: isSecretKind(live.kind) ? withSecretData(marked) : marked,
            outputs: outputsOf(live, inputs),
        };
    }

    async delete({ id, type, outputs, timeoutSeconds, report }: Parameters<Provider["delete"]>[0]): Promise<void> {
        const api = this.#api();
        const address = outputs.kind === undefined ? addressOf(id, type) : addressFrom(outputs);
        try {
            await api.text("DELETE", await api.path(address), {
                body: JSON.stringify({ propagationPolicy: "Foreground" }),
                contentType: "application/json",
            });
        } catch (error) {
            if (error instanceof ApiError && error.status === 404) {
                return;
            }
            throw error;
        }
        await waitUntilGone(address, api, { timeoutSeconds, report });
    }

    async invoke(token: string): Promise<PropertyMap> {
        throw new Error(`${token} is not covered by the lab's Kubernetes provider; use the official plugin`);
    }

    async #apply(change: Change, inputs: PropertyMap): Promise<Applied> {
        const api = this.#api();
        const address = addressFrom(inputs);
        const applied = await apply(address, inputs, api);
        const { object, problems } = await waitUntilReady(applied, address, api, change);
        const result = { id: objectId(object), outputs: outputsOf(object, inputs) };
        if (problems.length > 0) {
            throw new InitializationError(result, inputs, problems);
        }
        return result;
    }

    /** What an update would give, once the API server has found nothing wrong with it. */
    async #preview(inputs: PropertyMap, isNew: boolean): Promise<Applied> {
        if (hasUnknown(inputs.metadata) && hasUnknownAddress(inputs)) {
            return { id: "", outputs: { ...inputs, status: unknown } };
        }
        const address = addressFrom(inputs);
        await dryRun(address, inputs, this.#api(), isNew);
        const { name, namespace } = address;
        return { id: namespace ? `${namespace}/${name}` : name, outputs: { ...inputs, status: unknown } };
    }

    /** A Job that removes itself after it has finished is not missing. */
    #goneAsItShould(inputs: PlainMap): boolean {
        return inputs.kind === "Job" && (inputs.spec as PlainMap | undefined)?.ttlSecondsAfterFinished !== undefined;
    }

    /** The client, made when it is first needed: a program without Kubernetes resources needs no kubeconfig. */
    #api(): ApiClient {
        this.#client ??= new ApiClient(readKubeconfig(this.#kubeconfig, this.#context));
        return this.#client;
    }
}

function optionalText(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}

/** Settings of a provider arrive as values or as their text. */
function isTrue(value: unknown): boolean {
    return value === true || value === "true";
}

function isSecretKind(kind: string): boolean {
    return kind === "Secret";
}

/** Whatever a Secret holds is secret, even if the program forgot to say so. */
function withSecretData(inputs: PropertyMap): PropertyMap {
    const marked = ["data", "stringData"]
        .filter((name) => inputs[name] !== undefined && !(inputs[name] instanceof Secret))
        .map((name) => [name, new Secret(inputs[name] ?? null)]);
    return { ...inputs, ...Object.fromEntries(marked) };
}

function hasUnknownAddress(inputs: PropertyMap): boolean {
    const metadata = inputs.metadata as PropertyMap;
    return hasUnknown(metadata.name) || hasUnknown(metadata.namespace);
}

function addressFrom(properties: PropertyMap): ObjectAddress {
    const metadata = toPlain(properties.metadata, "not-known-yet") as KubernetesObject["metadata"];
    const { name, namespace } = metadata;
    return { apiVersion: String(properties.apiVersion), kind: String(properties.kind), name, namespace };
}

/** The live object, with secrets marked as in the inputs, and without the bookkeeping of field managers. */
function outputsOf(live: KubernetesObject, inputs: PropertyMap): PropertyMap {
    const { managedFields: _managedFields, ...metadata } = live.metadata;
    const outputs = { ...live, metadata } as unknown as PlainMap;
    const marked = markSecretsLike(outputs, inputs) as PropertyMap;
    return isSecretKind(live.kind) ? withSecretData(marked) : marked;
}
