// What a preview can know: the API server checks the object as far as its values are known, and shows what it would be.

import { randomBytes } from "node:crypto";
import {
    hasUnknown,
    isMap,
    type PlainMap,
    type PropertyMap,
    toPlainMap,
    Unknown,
} from "../protocol/property-values.ts";
import { type ApiClient, ApiError, UnknownKindError } from "./api-client.ts";
import { metadataOf } from "./input-check.ts";
import { addressFrom, type KubernetesObject, type ObjectAddress } from "./kubernetes-object.ts";
import { apply, fieldManagerPrefix } from "./server-side-apply.ts";

/** Stands for what only the update will know: a text that can be a name, a label and base64. */
const unknownText = "unknownvalue";
/** Where an object is checked whose own namespace is yet to come. */
const namespaceForChecks = "default";
/** Complaints about which fields there are; they hold whatever the values will be. */
const isAboutFields = /unknown field|duplicate field|not declared in schema/;

/** An object to preview. */
export interface Preview {
    readonly inputs: PropertyMap;
    readonly fieldManager: string;
    /** It is not in the state, or replaces what is. */
    readonly isCreate: boolean;
}

/**
 * Has the API server check the object as if it were applied.
 *
 * @returns the object as it would be; `undefined` when it could not be checked as a whole: because values are not
 * known, because its namespace or its kind is made by the same update, or because it replaces one of the same name
 * @throws ApiError when the API server would refuse it
 */
export async function dryRun(preview: Preview, api: ApiClient): Promise<KubernetesObject | undefined> {
    const { inputs, fieldManager, isCreate } = preview;
    const body = toPlainMap(inputs, unknownText);
    const address = addressFrom(body);
    const isGuess = hasUnknown(inputs);
    try {
        if (hasUnknownAddress(inputs)) {
            await checkElsewhere(body, address, fieldManager, api);
            return undefined;
        }
        const object = await apply({ address, body, fieldManager, isDryRun: true }, api);
        return isGuess ? undefined : object;
    } catch (error) {
        if (error instanceof UnknownKindError && error.mayComeLater) {
            return undefined;
        }
        if (!(error instanceof ApiError) || isAboutFields.test(error.message)) {
            throw error;
        }
        if (isNamespaceToCome(error, address) || (isCreate && (await isReplacement(error, address, api)))) {
            await checkElsewhere(body, address, fieldManager, api, isGuess);
            return undefined;
        }
        if (isGuess) {
            return undefined;
        }
        throw error;
    }
}

function hasUnknownAddress(inputs: PropertyMap): boolean {
    const { name, namespace } = metadataOf(inputs);
    return inputs.metadata instanceof Unknown || hasUnknown(name) || hasUnknown(namespace);
}

function isNamespaceToCome(error: ApiError, address: ObjectAddress): boolean {
    return error.status === 404 && address.namespace !== undefined;
}

/**
 * What is there now goes before the new one is made, so neither its fixed fields nor its field manager are a reason to
 * refuse the new one. A conflict with somebody else is one, because the object is not ours to replace.
 */
async function isReplacement(error: ApiError, address: ObjectAddress, api: ApiClient): Promise<boolean> {
    const isOurs =
        error.reason === "Conflict" && new RegExp(`conflicts? with "${fieldManagerPrefix}`).test(error.message);
    return (isOurs || error.status === 422) && (await api.get(address)) !== undefined;
}

/** Checks the object under a name that nobody has, so that only its own content can be wrong. */
async function checkElsewhere(
    body: PlainMap,
    address: ObjectAddress,
    fieldManager: string,
    api: ApiClient,
    isGuess = true,
): Promise<void> {
    const name = `check-${randomBytes(4).toString("hex")}`;
    const isNamespaced = await api.isNamespaced(address.apiVersion, address.kind);
    const place = isNamespaced ? { name, namespace: namespaceForChecks } : { name };
    const elsewhere = { ...body, metadata: { ...(isMap(body.metadata) ? body.metadata : {}), ...place } } as PlainMap;
    try {
        await apply({ address: { ...address, ...place }, body: elsewhere, fieldManager, isDryRun: true }, api);
    } catch (error) {
        // Another place may lack what the object needs, such as a ServiceAccount: that says nothing about the object.
        const isAboutObject = error instanceof ApiError && (error.status === 422 || error.status === 400) && !isGuess;
        if (!(error instanceof ApiError) || isAboutObject || isAboutFields.test(error.message)) {
            throw error instanceof ApiError ? error.about(name, address.name) : error;
        }
    }
}
