// Whether the pods that use the archive volume can all mount it: rotation on every node, and the uploader on one.

/** https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass */
export const defaultClassAnnotation = "storageclass.kubernetes.io/is-default-class";

/** A StorageClass, as far as it is looked at. */
export interface StorageClass {
    readonly metadata: {
        readonly name: string;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly provisioner?: string;
}

/** Whether a claim gets this class that asks for one of the name; undefined: for the default one. */
export function isClass({ metadata }: StorageClass, name: string | undefined): boolean {
    return name === undefined ? metadata.annotations?.[defaultClassAnnotation] === "true" : metadata.name === name;
}

/** What of the volume the stack asks for. */
export interface ArchiveVolume {
    readonly volumeStorageClass?: string;
    readonly volumeAccessMode: "ReadWriteOnce" | "ReadWriteMany";
}

/**
 * Provisioners of EBS, the last of them that of EKS Auto Mode. A volume with a file system is mounted by one node:
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volumes-multi.html
 */
const oneNodeProvisioners = ["ebs.csi.aws.com", "kubernetes.io/aws-ebs", "ebs.csi.eks.amazonaws.com"];

const wayOut =
    "set archive.volumeAccessMode to ReadWriteMany and archive.volumeStorageClass to a class that many nodes can mount, such as one of EFS (docs/first-deployment.md)";

/** Why a volume that one node mounts does not do, with so many nodes that have logs; undefined when it does. */
export function tooManyNodes(volume: ArchiveVolume, nodes: number): string | undefined {
    return volume.volumeAccessMode === "ReadWriteMany" || nodes <= 1
        ? undefined
        : `archive.volumeAccessMode is ReadWriteOnce, and rotation writes archives on ${nodes} nodes, of which only one can mount such a volume: ${wayOut}`;
}

/** Why the class gives no volume that many nodes mount, where the stack asks for one; undefined when it may. */
export function oneNodeClass(volume: ArchiveVolume, classes: readonly StorageClass[]): string | undefined {
    const { volumeStorageClass: name, volumeAccessMode } = volume;
    const found = classes.find((each) => isClass(each, name));
    const { provisioner = "" } = found ?? {};
    return volumeAccessMode === "ReadWriteOnce" || !oneNodeProvisioners.includes(provisioner)
        ? undefined
        : `archive.volumeAccessMode is ReadWriteMany, and the StorageClass ${found?.metadata.name} makes volumes of ${provisioner}, which one node can mount: ${wayOut}`;
}
