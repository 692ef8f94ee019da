// The provider's settings, from `pulumi config` or from an explicit provider resource.
// https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/#inputs

import { type PropertyMap, toPlain, Unknown } from "../protocol/property-values.ts";
import type { MutableKinds } from "./immutable-fields.ts";

/** How to reach the cluster, and how to treat what is in it. */
export interface ProviderSettings {
    /** Path of a kubeconfig, or its text; undefined: KUBECONFIG, then `~/.kube/config`. */
    readonly kubeconfig?: string;
    /** Context of the kubeconfig; undefined: its current one. */
    readonly context?: string;
    /** Namespace of objects that name none; undefined: that of the context. */
    readonly namespace?: string;
    readonly mutable: MutableKinds;
}

const texts = ["kubeconfig", "context", "namespace"];
const switches = ["enableConfigMapMutable", "enableSecretMutable", "enableServerSideApply"];
/** Not a setting: the engine adds it. */
const engineOwn = ["version"];

/**
 * Reads the settings.
 *
 * @throws an error that names a setting that is not covered, or whose value is not
 */
export function readSettings(configuration: PropertyMap): ProviderSettings {
    const covered = [...texts, ...switches];
    for (const [name, value] of Object.entries(configuration)) {
        if (![...covered, ...engineOwn].includes(name)) {
            throw new Error(
                `kubernetes:${name} is not covered by the lab's Kubernetes provider, which knows ${covered.join(", ")}; use the official plugin`,
            );
        }
        if (value instanceof Unknown) {
            throw new Error(
                `kubernetes:${name} is not known before the update: a cluster that the same update makes is not covered by the lab's Kubernetes provider; use the official plugin`,
            );
        }
    }
    const text = (name: string) => {
        const value = toPlain(configuration[name]);
        return typeof value === "string" && value !== "" ? value : undefined;
    };
    /** Switches arrive as values or as their text. */
    const isOn = (name: string) => String(toPlain(configuration[name])) === "true";
    if (configuration.enableServerSideApply !== undefined && !isOn("enableServerSideApply")) {
        throw new Error(
            "kubernetes:enableServerSideApply is off: the lab's Kubernetes provider applies server-side only; use the official plugin",
        );
    }
    return {
        kubeconfig: text("kubeconfig"),
        context: text("context"),
        namespace: text("namespace"),
        mutable: { configMap: isOn("enableConfigMapMutable"), secret: isOn("enableSecretMutable") },
    };
}
