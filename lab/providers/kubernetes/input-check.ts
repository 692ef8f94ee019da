// What is refused before anything is asked of the API server.

import { isMap, type PropertyMap, type PropertyValue, Secret, Unknown } from "../protocol/property-values.ts";
import type { CheckFailure } from "../protocol/provider.ts";
import { annotationFailures } from "./annotations.ts";

/** Modules of the package whose types are no objects of the API. */
const refusedModules = /^kubernetes:(yaml|helm\.sh|kustomize|index)[/:]/;

/** What is wrong with the inputs of a resource of this type, or not covered by the lab's provider. */
export function inputFailures(type: string, inputs: PropertyMap): readonly CheckFailure[] {
    const reason = refusal(type, inputs);
    if (reason !== undefined) {
        return [{ property: "", reason: `${type}: ${reason}` }];
    }
    if (inputs.metadata instanceof Unknown) {
        return [];
    }
    const metadata = metadataOf(inputs);
    const { name, generateName } = metadata;
    if (generateName !== undefined) {
        return [{ property: "metadata.generateName", reason: "is not covered by the lab's Kubernetes provider" }];
    }
    if (name === undefined || name === null || name === "") {
        return [
            {
                property: "metadata.name",
                reason: "is missing: give the object its name. The official plugin would make one up, but the lab's does not, because operators type the names of this system",
            },
        ];
    }
    return annotationFailures(metadata);
}

/** The metadata, be it secret or not. */
export function metadataOf(inputs: PropertyMap): PropertyMap {
    const metadata: PropertyValue | undefined =
        inputs.metadata instanceof Secret ? inputs.metadata.value : inputs.metadata;
    return isMap(metadata) ? metadata : {};
}

function refusal(type: string, inputs: PropertyMap): string | undefined {
    const notCovered = "not covered by the lab's Kubernetes provider; use the official plugin";
    const { apiVersion, kind } = inputs;
    if (refusedModules.test(type)) {
        return notCovered;
    }
    if (typeof apiVersion !== "string" || typeof kind !== "string") {
        return "apiVersion and kind must be known texts";
    }
    // A patch carries the kind of what it patches, while its type ends in Patch.
    if (type.split(":").at(-1) !== kind) {
        return `a patch of another resource is ${notCovered}`;
    }
    return kind.endsWith("List") && inputs.items !== undefined ? `a list of objects is ${notCovered}` : undefined;
}
