// How a wait tells where it stands.

import type { KubernetesObject } from "../kubernetes-object.ts";

/** Whether an object has come to what it should be. */
export type Readiness =
    | { readonly is: "ready" }
    /** Not yet; `why` is shown while waiting and when the time is up. */
    | { readonly is: "waiting"; readonly why: string }
    /** It will not come to it by itself. */
    | { readonly is: "failed"; readonly why: string };

/** The object is what it should be. */
export const ready: Readiness = { is: "ready" };

/** The object is not yet what it should be. */
export function waiting(why: string): Readiness {
    return { is: "waiting", why };
}

/** The object will not become what it should be. */
export function failed(why: string): Readiness {
    return { is: "failed", why };
}

/** One entry of `status.conditions`. */
export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
}

/** The condition of that type, if the object has one. */
export function condition(object: KubernetesObject, type: string): Condition | undefined {
    const conditions = object.status?.conditions as unknown as readonly Condition[] | undefined;
    return conditions?.find((candidate) => candidate.type === type);
}

/** A number of the object's status; 0 when it is not there, which is how the API writes zero. */
export function statusNumber(object: KubernetesObject, field: string): number {
    const value = object.status?.[field];
    return typeof value === "number" ? value : 0;
}

/** A number of the object's spec. */
export function specNumber(object: KubernetesObject, field: string, otherwise: number): number {
    const value = object.spec?.[field];
    return typeof value === "number" ? value : otherwise;
}
