// Server-side apply with strict field validation: what the API server does not know is an error, in previews too.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/

import {
    hasUnknown,
    isMap,
    type PlainMap,
    type PropertyMap,
    type PropertyValue,
    toPlainMap,
} from "../protocol/property-values.ts";
import { type ApiClient, ApiError } from "./api-client.ts";
import type { KubernetesObject, ObjectAddress } from "./kubernetes-object.ts";

const fieldManager = "pulumi-kubernetes";
/** Stands in a dry run for text that only the update will know. */
const unknownText = "not-known-yet";

/** Applies the object and returns it as the API server has it now. */
export async function apply(address: ObjectAddress, inputs: PropertyMap, api: ApiClient): Promise<KubernetesObject> {
    return send(address, toPlainMap(inputs), api, {});
}

/**
 * Has the API server check the object as if it were applied. Where an unknown value stands for something else than
 * text, there is nothing to check before the update knows it.
 *
 * @returns the object as the API server would have it; `undefined` when it could not be checked yet
 */
export async function dryRun(
    address: ObjectAddress,
    inputs: PropertyMap,
    api: ApiClient,
): Promise<KubernetesObject | undefined> {
    if (hasUnknownBesideText(inputs)) {
        return undefined;
    }
    const body = toPlainMap(inputs, unknownText);
    try {
        return await send(address, body, api, { dryRun: "All" });
    } catch (error) {
        const isNamespaceToCome = error instanceof ApiError && error.status === 404 && address.namespace !== undefined;
        if (!isNamespaceToCome) {
            throw error;
        }
        // The same update makes the namespace: until then another one serves to check the fields.
        const namespace = "default";
        const elsewhere = { ...body, metadata: { ...(body.metadata as PlainMap), namespace } };
        await send({ ...address, namespace }, elsewhere, api, { dryRun: "All" });
        return undefined;
    }
}

async function send(
    address: ObjectAddress,
    body: PlainMap,
    api: ApiClient,
    query: Readonly<Record<string, string>>,
): Promise<KubernetesObject> {
    const text = await api.text("PATCH", await api.path(address), {
        body: JSON.stringify(body),
        contentType: "application/apply-patch+yaml",
        query: { fieldManager, fieldValidation: "Strict", ...query },
    });
    return JSON.parse(text) as KubernetesObject;
}

/** Maps from text to text, where a text may stand for one that is not known. */
const textMaps = [["metadata", "annotations"], ["metadata", "labels"], ["data"], ["stringData"]];

function hasUnknownBesideText(inputs: PropertyMap): boolean {
    const without = textMaps.reduce<PropertyMap>((rest, path) => withoutText(rest, path), inputs);
    return hasUnknown(without);
}

function withoutText(value: PropertyMap, [name = "", ...rest]: readonly string[]): PropertyMap {
    const inner: PropertyValue | undefined = value[name];
    if (!isMap(inner)) {
        return value;
    }
    return { ...value, [name]: rest.length > 0 ? withoutText(inner, rest) : {} };
}
