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
/** Makes a free name of one that is still taken by the object that will be replaced. */
const replacementSuffix = "-replacement";

/** Applies the object and returns it as the API server has it now. */
export async function apply(address: ObjectAddress, inputs: PropertyMap, api: ApiClient): Promise<KubernetesObject> {
    return send(address, toPlainMap(inputs), api, {});
}

/**
 * Has the API server check the object as if it were applied. Where an unknown value stands for something else than
 * text, there is nothing to check before the update knows it.
 *
 * @param isNew whether it is to be made: one of the same name that is there already will be gone by then
 * @throws ApiError when the API server would refuse it
 */
export async function dryRun(
    address: ObjectAddress,
    inputs: PropertyMap,
    api: ApiClient,
    isNew: boolean,
): Promise<void> {
    if (hasUnknownBesideText(inputs)) {
        return;
    }
    const name = isNew && (await api.get(address)) ? `${address.name}${replacementSuffix}` : address.name;
    const check = (namespace: string | undefined) =>
        send({ ...address, name, namespace }, movedTo(toPlainMap(inputs, unknownText), name, namespace), api, {
            dryRun: "All",
        });
    try {
        await check(address.namespace);
    } catch (error) {
        const isNamespaceToCome = error instanceof ApiError && error.status === 404 && address.namespace !== undefined;
        if (!isNamespaceToCome) {
            throw error;
        }
        // The same update makes the namespace: until then another one serves to check the fields.
        await check("default");
    }
}

function movedTo(body: PlainMap, name: string, namespace: string | undefined): PlainMap {
    const place = namespace === undefined ? { name } : { name, namespace };
    return { ...body, metadata: { ...(body.metadata as PlainMap), ...place } };
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
