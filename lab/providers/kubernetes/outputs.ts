// What the state keeps of a live object: all of it, with secrets marked, without the bookkeeping of field managers.

import {
    isMap,
    markSecretsLike,
    type PlainMap,
    type PropertyMap,
    type PropertyValue,
    Secret,
    unknown,
} from "../protocol/property-values.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** Property under which the official provider keeps the name of its field manager, too. */
const fieldManagerKey = "__fieldManager";
/** Annotation in which `kubectl apply` keeps a copy of the whole object. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
/** What the API server fills in when it makes an object. */
const givenAtCreation = ["uid", "resourceVersion", "generation", "creationTimestamp"];

/** The properties of the live object; `inputs` say what of it is secret. */
export function outputsOf(live: KubernetesObject, inputs: PropertyMap, fieldManager: string): PropertyMap {
    const { managedFields: _managedFields, ...metadata } = live.metadata;
    const outputs = { ...live, metadata } as unknown as PlainMap;
    return { ...withSecretData(markSecretsLike(outputs, inputs) as PropertyMap), [fieldManagerKey]: fieldManager };
}

/** The properties of an object that a dry run made: what the update will decide is not known. */
export function previewOutputs(wouldBe: KubernetesObject, inputs: PropertyMap, fieldManager: string): PropertyMap {
    const outputs = outputsOf(wouldBe, inputs, fieldManager);
    const metadata = { ...(outputs.metadata as PropertyMap) };
    for (const name of givenAtCreation) {
        metadata[name] = unknown;
    }
    return {
        ...outputs,
        metadata,
        ...(isMap(outputs.spec) ? { spec: withoutAddresses(outputs.spec, inputs.spec) } : {}),
        status: unknown,
    };
}

/** A dry run gives a Service an address that it will not have. */
function withoutAddresses(spec: PropertyMap, wanted: PropertyValue | undefined): PropertyMap {
    const isWanted = (name: string) => isMap(wanted) && wanted[name] !== undefined;
    const given = ["clusterIP", "clusterIPs"].filter((name) => spec[name] !== undefined && !isWanted(name));
    return { ...spec, ...Object.fromEntries(given.map((name) => [name, unknown])) };
}

/** The field manager that made what the state holds. */
export function fieldManagerOf(outputs: PropertyMap): string | undefined {
    const value = outputs[fieldManagerKey];
    return typeof value === "string" ? value : undefined;
}

/** Whatever a Secret holds is secret, even if the program forgot to say so. */
export function withSecretData(properties: PropertyMap): PropertyMap {
    if (properties.kind !== "Secret") {
        return properties;
    }
    const marked = ["data", "stringData"]
        .filter((name) => properties[name] !== undefined)
        .map((name) => [name, secret(properties[name])]);
    return { ...properties, ...Object.fromEntries(marked), ...metadataOfSecret(properties.metadata) };
}

function metadataOfSecret(metadata: PropertyValue | undefined): PropertyMap {
    if (!isMap(metadata) || !isMap(metadata.annotations) || metadata.annotations[lastApplied] === undefined) {
        return {};
    }
    const annotations = { ...metadata.annotations, [lastApplied]: secret(metadata.annotations[lastApplied]) };
    return { metadata: { ...metadata, annotations } };
}

function secret(value: PropertyValue | undefined): Secret {
    return value instanceof Secret ? value : new Secret(value ?? null);
}
