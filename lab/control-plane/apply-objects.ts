// Objects that every lab cluster holds from its start.

import { kubectl } from "./kubectl.ts";

/** A Kubernetes object as it is written in a manifest. */
export interface KubernetesObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
}

/** Creates or updates the objects, in their order, with strict validation of their fields. */
export async function applyObjects(kubeconfig: string, objects: readonly KubernetesObject[]): Promise<void> {
    await kubectl(
        kubeconfig,
        ["apply", "--server-side", "--field-manager=lab", "--validate=strict", "-f", "-"],
        JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    );
}
