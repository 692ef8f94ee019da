// Which fields of which kinds can't change once the object exists: a change of one replaces the object.

import type { PlainMap } from "../protocol/property-values.ts";

/** Fields that address the object, of any kind. */
const address = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

/** Fields of a Job that change in place; the official provider replaces it for `parallelism`, too. */
const mutableJobFields = [
    "spec.suspend",
    "spec.activeDeadlineSeconds",
    "spec.backoffLimit",
    "spec.ttlSecondsAfterFinished",
];

/** Fields of a StatefulSet that can change; the API server's own message lists them. */
const mutableStatefulSetFields = [
    "spec.replicas",
    "spec.ordinals",
    "spec.template",
    "spec.updateStrategy",
    "spec.revisionHistoryLimit",
    "spec.persistentVolumeClaimRetentionPolicy",
    "spec.minReadySeconds",
];

/** Which kinds are changed in place although the official provider replaces them unless it is told otherwise. */
export interface MutableKinds {
    /** The provider's setting `enableConfigMapMutable`. */
    readonly configMap: boolean;
    /** The provider's setting `enableSecretMutable`. */
    readonly secret: boolean;
}

/** Whether a change at `path` replaces an object of this kind; `inputs` are the ones that were applied. */
export function replaces(kind: string, path: string, inputs: PlainMap, mutable: MutableKinds): boolean {
    if (under(path, address)) {
        return true;
    }
    switch (kind) {
        case "Job":
            return under(path, ["spec"]) && !under(path, mutableJobFields);
        case "Deployment":
        case "DaemonSet":
            return under(path, ["spec.selector"]);
        case "StatefulSet":
            return under(path, ["spec"]) && !under(path, mutableStatefulSetFields);
        case "PersistentVolumeClaim":
            return under(path, ["spec"]) && !under(path, ["spec.resources.requests", "spec.volumeAttributesClassName"]);
        case "StorageClass":
            return under(path, ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]);
        case "ConfigMap":
            return replacesData(path, inputs, mutable.configMap);
        case "Secret":
            return under(path, ["type"]) || replacesData(path, inputs, mutable.secret);
        case "Service":
            return under(path, ["spec.clusterIP", "spec.clusterIPs"]);
        case "RoleBinding":
        case "ClusterRoleBinding":
            return under(path, ["roleRef"]);
        default:
            return false;
    }
}

/** An object marked as immutable can't be changed in place, whatever the provider is told; nor can the mark go. */
function replacesData(path: string, inputs: PlainMap, isMutable: boolean): boolean {
    const isMarked = inputs.immutable === true;
    return (
        (isMarked && under(path, ["immutable"])) ||
        ((isMarked || !isMutable) && under(path, ["data", "stringData", "binaryData"]))
    );
}

/** Whether `path` is one of `fields` or inside one. */
function under(path: string, fields: readonly string[]): boolean {
    return fields.some((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`));
}
