// A Kubernetes object as the API takes and gives it, and its name in the Pulumi state.

import type { PlainMap, PlainValue } from "../protocol/property-values.ts";

/** Any object of the Kubernetes API. */
export interface KubernetesObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly uid?: string;
        readonly generation?: number;
        readonly deletionTimestamp?: string;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly labels?: Readonly<Record<string, string>>;
        readonly finalizers?: readonly string[];
        readonly managedFields?: PlainValue;
    };
    readonly spec?: PlainMap;
    readonly status?: PlainMap;
    readonly [field: string]: unknown;
}

/** What of an object addresses it. */
export interface ObjectAddress {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    /** Undefined for objects that live in no namespace. */
    readonly namespace?: string;
}

/** Id in the Pulumi state, as the official provider writes it: `namespace/name` or `name`. */
export function objectId(object: KubernetesObject): string {
    const { name, namespace } = object.metadata;
    return namespace ? `${namespace}/${name}` : name;
}

/** The address of the object that these properties describe. */
export function addressFrom(properties: PlainMap): ObjectAddress {
    const { name, namespace } = properties.metadata as unknown as KubernetesObject["metadata"];
    return { apiVersion: String(properties.apiVersion), kind: String(properties.kind), name, namespace };
}

/** The address that an id and a type token such as `kubernetes:apps/v1:Deployment` stand for. */
export function addressOf(id: string, typeToken: string): ObjectAddress {
    const [, group = "", kind = ""] = typeToken.split(":");
    const apiVersion = group.startsWith("core/") ? group.slice("core/".length) : group;
    const [first = "", second] = id.split("/");
    return second === undefined
        ? { apiVersion, kind, name: first }
        : { apiVersion, kind, name: second, namespace: first };
}
