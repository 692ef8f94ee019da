// Volumes that lie ready in a lab's cluster, because it has no provisioner: StorageClasses and the volumes of each.

import { join } from "node:path";
import type { KubernetesObject } from "./control-plane/apply-objects.ts";
import { zones } from "./simulated-nodes/node-objects.ts";

/** Volumes of each class; one that was used is not used again, so a lab is good for so many claims of a class. */
const volumesPerClass = 12;

type AccessMode = "ReadWriteOnce" | "ReadWriteMany";

interface StorageClassOptions {
    readonly name: string;
    readonly isDefault?: boolean;
    /** `WaitForFirstConsumer` lets the scheduler pick a volume that the pod's node can mount. */
    readonly bindingMode: "Immediate" | "WaitForFirstConsumer";
    /** The API server accepts a larger size of a claim; nobody here makes the volume larger. */
    readonly allowsExpansion?: boolean;
}

interface VolumeOptions {
    readonly name: string;
    readonly className: string;
    readonly accessMode: AccessMode;
    readonly capacity: string;
    /** Where the data is, as a field of PersistentVolumeSpec. */
    readonly source: Readonly<Record<string, unknown>>;
    /** Nodes that can mount it: those with this value of the label; all without it. */
    readonly onlyOn?: { readonly label: string; readonly value: string };
}

/** Folders that stand behind the volumes of the real node, in the order of the volumes. */
export function localVolumeFolders(folder: string): readonly string[] {
    return positions().map((position) => join(folder, String(position).padStart(2, "0")));
}

/** Class `standard` of the real node: folders on its disk. */
export function localStorage(folder: string, nodeName: string): readonly KubernetesObject[] {
    return [
        storageClass({ name: "standard", isDefault: true, bindingMode: "WaitForFirstConsumer" }),
        ...localVolumeFolders(folder).map((path, index) =>
            volume({
                name: `standard-${index + 1}`,
                className: "standard",
                accessMode: "ReadWriteOnce",
                capacity: "20Gi",
                source: { local: { path } },
                onlyOn: { label: "kubernetes.io/hostname", value: nodeName },
            }),
        ),
    ];
}

/**
 * Classes of the simulated cluster, as the production stacks name them: `gp3` and the default `standard`, each volume
 * in one zone, and `efs`, which every node can mount.
 */
export function simulatedStorage(): readonly KubernetesObject[] {
    const zonal = (className: string, capacity: string) =>
        positions().map((position) =>
            volume({
                name: `${className}-${position}`,
                className,
                accessMode: "ReadWriteOnce",
                capacity,
                source: { local: { path: `/simulated/${className}-${position}` } },
                onlyOn: { label: "topology.kubernetes.io/zone", value: zones[position % zones.length] ?? zones[0] },
            }),
        );
    const shared = positions().map((position) =>
        volume({
            name: `efs-${position}`,
            className: "efs",
            accessMode: "ReadWriteMany",
            capacity: "1Ti",
            source: { nfs: { server: "efs.simulated", path: `/${position}` } },
        }),
    );
    return [
        storageClass({ name: "standard", isDefault: true, bindingMode: "WaitForFirstConsumer" }),
        storageClass({ name: "gp3", bindingMode: "WaitForFirstConsumer", allowsExpansion: true }),
        storageClass({ name: "efs", bindingMode: "Immediate" }),
        ...zonal("standard", "20Gi"),
        ...zonal("gp3", "1Ti"),
        ...shared,
    ];
}

function positions(): readonly number[] {
    return Array.from({ length: volumesPerClass }, (_, index) => index + 1);
}

function storageClass(options: StorageClassOptions): KubernetesObject {
    return {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: {
            name: options.name,
            annotations: options.isDefault ? { "storageclass.kubernetes.io/is-default-class": "true" } : {},
        },
        provisioner: "kubernetes.io/no-provisioner",
        reclaimPolicy: "Retain",
        volumeBindingMode: options.bindingMode,
        allowVolumeExpansion: options.allowsExpansion ?? false,
    };
}

function volume(options: VolumeOptions): KubernetesObject {
    const { onlyOn } = options;
    return {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: options.name },
        spec: {
            storageClassName: options.className,
            accessModes: [options.accessMode],
            capacity: { storage: options.capacity },
            persistentVolumeReclaimPolicy: "Retain",
            ...options.source,
            ...(onlyOn && {
                nodeAffinity: {
                    required: {
                        nodeSelectorTerms: [
                            { matchExpressions: [{ key: onlyOn.label, operator: "In", values: [onlyOn.value] }] },
                        ],
                    },
                },
            }),
        },
    };
}
