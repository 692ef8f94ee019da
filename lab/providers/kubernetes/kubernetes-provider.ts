// The provider: inputs to the API server, what it has back to the engine.

import { differences } from "../protocol/differences.ts";
import {
    markSecretsLike,
    type PropertyMap,
    Secret,
    toPlainMap,
    Unknown,
    unknown,
} from "../protocol/property-values.ts";
import {
    type Applied,
    type Change,
    type Difference,
    type Found,
    InitializationError,
    type PropertyDifference,
    type Provider,
} from "../protocol/provider.ts";
import { annotations } from "./annotations.ts";
import { ApiClient, ApiError } from "./api-client.ts";
import { dryRun } from "./dry-run.ts";
import { replaces } from "./immutable-fields.ts";
import { inputFailures, metadataOf } from "./input-check.ts";
import { type ClusterAccess, readKubeconfig } from "./kubeconfig.ts";
import { addressFrom, addressOf, type KubernetesObject, objectId } from "./kubernetes-object.ts";
import { liveInputs } from "./live-inputs.ts";
import { fieldManagerOf, outputsOf, previewOutputs, withSecretData } from "./outputs.ts";
import { withoutSecrets } from "./secret-texts.ts";
import { apply, newFieldManager } from "./server-side-apply.ts";
import { type ProviderSettings, readSettings } from "./settings.ts";
import { readiness } from "./waiting/readiness.ts";
import { waitUntilGone, waitUntilReady } from "./waiting/wait.ts";

interface Cluster {
    readonly access: ClusterAccess;
    readonly api: ApiClient;
}

/** The Kubernetes provider of the lab, for the given version of `@pulumi/kubernetes`. */
export class KubernetesProvider implements Provider {
    readonly version: string;
    #settings: ProviderSettings = readSettings({});
    #connected: Cluster | undefined;

    constructor(version: string) {
        this.version = version;
    }

    async configure(configuration: PropertyMap): Promise<void> {
        this.#settings = readSettings(configuration);
    }

    async check({ type, newInputs }: Parameters<Provider["check"]>[0]) {
        const failures = inputFailures(type, newInputs);
        if (failures.length > 0) {
            return { inputs: newInputs, failures };
        }
        const { api, access } = this.#cluster();
        const { apiVersion, kind } = newInputs as { readonly apiVersion: string; readonly kind: string };
        const namespace = this.#settings.namespace ?? access.namespace ?? "default";
        const isNamespaced = await api.isNamespaced(apiVersion, kind);
        return { inputs: withSecretData(isNamespaced ? withNamespace(newInputs, namespace) : newInputs), failures };
    }

    async diff({ oldInputs, newInputs }: Parameters<Provider["diff"]>[0]): Promise<Difference> {
        const before = toPlainMap(oldInputs, "");
        const kind = String(before.kind);
        const found: Record<string, PropertyDifference> = {};
        for (const [path, change] of Object.entries(differences(oldInputs, newInputs))) {
            found[path] = { kind: change, replaces: replaces(kind, path, before, this.#settings.mutable) };
        }
        if (await this.#isToReplaceUnready(oldInputs, newInputs)) {
            found['metadata.annotations["pulumi.com/replaceUnready"]'] = { kind: "update", replaces: true };
        }
        // The old one has to go first when the new one has the same address.
        const deleteBeforeReplace = !("metadata.name" in found || "metadata.namespace" in found);
        return { properties: found, deleteBeforeReplace };
    }

    async create(change: Parameters<Provider["create"]>[0]): Promise<Applied> {
        const fieldManager = newFieldManager();
        return change.preview
            ? { id: "", outputs: await this.#preview(change.inputs, fieldManager, true) }
            : this.#apply(change, change.inputs, fieldManager);
    }

    async update(change: Parameters<Provider["update"]>[0]): Promise<Applied> {
        const fieldManager = fieldManagerOf(change.oldOutputs) ?? newFieldManager();
        return change.preview
            ? { id: change.id, outputs: await this.#preview(change.newInputs, fieldManager, false) }
            : this.#apply(change, change.newInputs, fieldManager);
    }

    async read({ id, type, inputs, outputs }: Parameters<Provider["read"]>[0]): Promise<Found | undefined> {
        const known = toPlainMap(inputs);
        // Whoever looks up somebody else's object gives its kind at most.
        const live = await this.#cluster().api.get(
            known.metadata === undefined ? addressOf(id, type) : addressFrom(known),
        );
        return (
            live && {
                id: objectId(live),
                inputs: withSecretData(markSecretsLike(liveInputs(known, live), inputs) as PropertyMap),
                outputs: outputsOf(live, inputs, fieldManagerOf(outputs) ?? newFieldManager()),
            }
        );
    }

    async delete({ id, type, outputs, ...change }: Parameters<Provider["delete"]>[0]): Promise<void> {
        const { api } = this.#cluster();
        const known = toPlainMap(outputs);
        const address = known.kind === undefined ? addressOf(id, type) : addressFrom(known);
        const { propagationPolicy } = annotations((known.metadata ?? {}) as unknown as KubernetesObject["metadata"]);
        await api.delete(address, propagationPolicy);
        await waitUntilGone(address, api, change);
    }

    async invoke(token: string): Promise<PropertyMap> {
        throw new Error(`${token} is not covered by the lab's Kubernetes provider; use the official plugin`);
    }

    async #apply(change: Change, inputs: PropertyMap, fieldManager: string): Promise<Applied> {
        const { api } = this.#cluster();
        const body = toPlainMap(inputs);
        const address = addressFrom(body);
        const applied = await keepingSecrets(inputs, () =>
            apply({ address, body, fieldManager, isDryRun: false }, api),
        );
        const { object, problems } = await waitUntilReady(applied, address, api, change);
        const result = { id: objectId(object), outputs: outputsOf(object, inputs, fieldManager) };
        if (problems.length > 0) {
            const reasons = problems.map((problem) => withoutSecrets(problem, inputs));
            throw new InitializationError(result, inputs, [reasons.join("\n")]);
        }
        return result;
    }

    /** What an update would give: as the API server shows it, or the inputs where it could not be asked for all. */
    async #preview(inputs: PropertyMap, fieldManager: string, isCreate: boolean): Promise<PropertyMap> {
        const { api } = this.#cluster();
        const wouldBe = await keepingSecrets(inputs, () => dryRun({ inputs, fieldManager, isCreate }, api));
        if (!wouldBe) {
            return { ...inputs, status: unknown };
        }
        return isCreate ? previewOutputs(wouldBe, inputs, fieldManager) : outputsOf(wouldBe, inputs, fieldManager);
    }

    /** Whether this is a Job that did not complete and whose program wants it replaced then. */
    async #isToReplaceUnready(oldInputs: PropertyMap, newInputs: PropertyMap): Promise<boolean> {
        const wanted = metadataOf(toPlainMap(newInputs, "")) as unknown as KubernetesObject["metadata"];
        if (newInputs.kind !== "Job" || !annotations(wanted).replacesUnready) {
            return false;
        }
        const { api } = this.#cluster();
        const live = await api.get(addressFrom(toPlainMap(oldInputs)));
        return live !== undefined && (await readiness(live, api)).is !== "ready";
    }

    /** The cluster, connected when it is first needed: a program without Kubernetes resources needs no kubeconfig. */
    #cluster(): Cluster {
        if (!this.#connected) {
            const access = readKubeconfig(this.#settings.kubeconfig, this.#settings.context);
            this.#connected = { access, api: new ApiClient(access) };
        }
        return this.#connected;
    }
}

/** Takes what is secret in the inputs out of an error of the API server. */
async function keepingSecrets<T>(inputs: PropertyMap, work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        throw error instanceof ApiError ? new Error(withoutSecrets(error.message, inputs)) : error;
    }
}

/** The inputs with a namespace for those that name none. */
function withNamespace(inputs: PropertyMap, namespace: string): PropertyMap {
    const metadata = metadataOf(inputs);
    if (inputs.metadata instanceof Unknown || (metadata.namespace ?? "") !== "") {
        return inputs;
    }
    const placed = { ...metadata, namespace };
    return { ...inputs, metadata: inputs.metadata instanceof Secret ? new Secret(placed) : placed };
}
