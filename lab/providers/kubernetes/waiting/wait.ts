// Waits until an object is what it should be, or is gone, and says what is missing when the time is up.

import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../api-client.ts";
import type { KubernetesObject, ObjectAddress } from "../kubernetes-object.ts";
import type { Readiness } from "./condition.ts";
import { explainPods } from "./explain-pods.ts";
import { readiness } from "./readiness.ts";

/** Seconds for which a wait goes on when neither the program nor an annotation says otherwise. */
const defaultTimeoutSeconds = 600;
const pollMilliseconds = 300;

/** Annotations that the official provider honours (https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/). */
const skipAnnotation = "pulumi.com/skipAwait";
const timeoutAnnotation = "pulumi.com/timeoutSeconds";

/** How to wait. */
export interface WaitOptions {
    /** Seconds that the program allows; 0 for the default. */
    readonly timeoutSeconds: number;
    readonly report: (line: string) => void;
}

/** What a wait came to: the object as it is now, and why it is not what it should be, if so. */
export interface WaitResult {
    readonly object: KubernetesObject;
    readonly problems: readonly string[];
}

/** Waits until the object is what it should be. */
export async function waitUntilReady(
    object: KubernetesObject,
    address: ObjectAddress,
    api: ApiClient,
    options: WaitOptions,
): Promise<WaitResult> {
    const annotations = object.metadata.annotations ?? {};
    if (annotations[skipAnnotation] === "true") {
        return { object, problems: [] };
    }
    const allowed = options.timeoutSeconds || Number(annotations[timeoutAnnotation]) || defaultTimeoutSeconds;
    const deadline = Date.now() + allowed * 1000;
    let current = object;
    for (;;) {
        const state = await readiness(current, api);
        if (state.is === "ready") {
            return { object: current, problems: [] };
        }
        if (state.is === "failed" || Date.now() >= deadline) {
            return { object: current, problems: await problemsOf(current, state, allowed, api) };
        }
        options.report(state.why);
        await sleep(pollMilliseconds);
        const next = await api.get(address);
        if (!next) {
            return {
                object: current,
                problems: [`${address.kind} ${address.name} was deleted while it was waited for`],
            };
        }
        current = next;
    }
}

async function problemsOf(
    object: KubernetesObject,
    state: Exclude<Readiness, { readonly is: "ready" }>,
    allowed: number,
    api: ApiClient,
): Promise<readonly string[]> {
    const first = state.is === "failed" ? state.why : `not there after ${allowed} s: ${state.why}`;
    return [`${object.kind} ${object.metadata.name}: ${first}`, ...(await explainPods(object, api))];
}

/**
 * Waits until the object is gone.
 *
 * @throws an error that says what it waits for when the time is up
 */
export async function waitUntilGone(address: ObjectAddress, api: ApiClient, options: WaitOptions): Promise<void> {
    const allowed = options.timeoutSeconds || defaultTimeoutSeconds;
    const deadline = Date.now() + allowed * 1000;
    for (let object = await api.get(address); object; object = await api.get(address)) {
        if (Date.now() >= deadline) {
            const { finalizers } = object.metadata as { readonly finalizers?: readonly string[] };
            const holding = finalizers?.length ? ` (finalizers: ${finalizers.join(", ")})` : "";
            throw new Error(`${address.kind} ${address.name} is still there ${allowed} s after its deletion${holding}`);
        }
        options.report("waiting until it is gone");
        await sleep(pollMilliseconds);
    }
}
