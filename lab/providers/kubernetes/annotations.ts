// The annotations with which a program tells the official provider how to treat one object.
// https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/#annotations

import { isMap, type PropertyMap, Secret } from "../protocol/property-values.ts";
import type { CheckFailure } from "../protocol/provider.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

const prefix = "pulumi.com/";
const covered = ["skipAwait", "timeoutSeconds", "patchForce", "replaceUnready", "deletionPropagationPolicy"];
const propagationPolicies: Readonly<Record<string, string>> = {
    foreground: "Foreground",
    background: "Background",
    orphan: "Orphan",
};

/** What an object's annotations ask for. */
export interface Annotations {
    /** Not to wait until the object is what it should be. */
    readonly skipsWait: boolean;
    /** Seconds for which to wait; undefined: the provider's default. */
    readonly timeoutSeconds: number | undefined;
    /** To take over fields that somebody else manages. */
    readonly forcesConflicts: boolean;
    /** To replace a Job that did not complete, instead of waiting for it again. */
    readonly replacesUnready: boolean;
    /** What becomes of the objects that it owns when it is deleted, as the API names it; `Foreground` by default. */
    readonly propagationPolicy: string;
}

/** Reads the annotations of an object that {@link annotationFailures} has passed. */
export function annotations(metadata: KubernetesObject["metadata"]): Annotations {
    const value = (name: string) => metadata.annotations?.[prefix + name];
    return {
        skipsWait: ["true", "ready"].includes(value("skipAwait") ?? ""),
        timeoutSeconds: Number(value("timeoutSeconds")) || undefined,
        forcesConflicts: value("patchForce") === "true",
        replacesUnready: value("replaceUnready") === "true",
        propagationPolicy: propagationPolicies[value("deletionPropagationPolicy") ?? "foreground"] ?? "Foreground",
    };
}

/** What of the annotations is wrong, or not covered by the lab's provider. */
export function annotationFailures(metadata: PropertyMap): readonly CheckFailure[] {
    const given = metadata.annotations instanceof Secret ? metadata.annotations.value : metadata.annotations;
    return Object.entries(isMap(given) ? given : {})
        .filter(([name]) => name.startsWith(prefix))
        .flatMap(([name, value]) => {
            const reason = complaint(name.slice(prefix.length), value);
            return reason === undefined ? [] : [{ property: `metadata.annotations["${name}"]`, reason }];
        });
}

function complaint(name: string, value: unknown): string | undefined {
    if (!covered.includes(name)) {
        return `is not covered by the lab's Kubernetes provider, which knows ${covered.join(", ")}; use the official plugin`;
    }
    if (typeof value !== "string") {
        return undefined;
    }
    if (name === "timeoutSeconds" && !/^[1-9]\d*$/.test(value)) {
        return `is ${value}: a whole number of seconds is expected`;
    }
    if (name === "deletionPropagationPolicy" && !(value in propagationPolicies)) {
        return `is ${value}: one of ${Object.keys(propagationPolicies).join(", ")} is expected`;
    }
    return undefined;
}
