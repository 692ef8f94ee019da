// Stack configuration in, one validated and readonly `Settings` out. The first thing the program does: when any
// setting is wrong, all wrong ones are reported together and nothing is provisioned.

export type { ArchiveStorageClass } from "./settings/storage-classes.ts";

import type { ArchiveStorageClass } from "./settings/storage-classes.ts";

/** Everything a stack can be told, checked as a whole. Sizes are Kubernetes quantities, ages are days. */
export interface Settings {
    /** Name of the stack, such as `prod`. */
    readonly stack: string;
    readonly rotation: {
        /** Rotate a file whose oldest unrotated line is older than this. */
        readonly maxAgeDays: number;
        /** Rotate a file that has this many MiB not yet archived; 0 rotates whatever has a whole line. */
        readonly maxSizeMb: number;
        readonly compress: boolean;
        /** Cron line of five fields, UTC. */
        readonly schedule: string;
    };
    readonly search: {
        /** One Elasticsearch without security, or a cluster. */
        readonly mode: "single" | "cluster";
        readonly replicas: number;
        readonly retentionDays: number;
        /** Size of each node's data volume. */
        readonly storage: string;
        /** Undefined: the cluster's default StorageClass. */
        readonly storageClass?: string;
        readonly memory: string;
        readonly cpu: string;
    };
    readonly archive: {
        readonly bucketName: string;
        /** AWS region of the bucket, from `aws:region`. */
        readonly region: string;
        /** Class in which archives are uploaded. */
        readonly storageClass: ArchiveStorageClass;
        /** Days after which the bucket's lifecycle deletes an archive. */
        readonly retentionDays: number;
        /** Undefined: archives stay in `storageClass` until they expire. */
        readonly transition?: { readonly storageClass: ArchiveStorageClass; readonly afterDays: number };
        /** Lock every archive for `retentionDays`, so that nobody can delete or overwrite it before. */
        readonly objectLock: boolean;
        readonly keepBucketOnDestroy: boolean;
        /** How the uploader gets its AWS credentials: a role for its ServiceAccount, or an access key in a Secret. */
        readonly credentials: "irsa" | "static";
        /** URL of an S3-compatible store as pods see it; undefined: AWS. */
        readonly endpoint?: string;
        /** Days for which an uploaded archive stays on the archive volume when it is not deleted after upload. */
        readonly maxAgeDays: number;
        readonly deleteAfterUpload: boolean;
        readonly volumeSize: string;
        /** Undefined: the cluster's default StorageClass. */
        readonly volumeStorageClass?: string;
        readonly volumeAccessMode: "ReadWriteOnce" | "ReadWriteMany";
    };
    readonly cluster: {
        /** Name of the EKS cluster; always there when `archive.credentials` is `irsa`. */
        readonly eksName?: string;
    };
    readonly kibana: {
        /** Undefined: no Ingress. */
        readonly ingress?: { readonly host: string; readonly className?: string; readonly tlsSecretName?: string };
    };
    readonly filebeat: {
        readonly requests: { readonly cpu: string; readonly memory: string };
        readonly limits: { readonly cpu: string; readonly memory: string };
    };
    readonly monitoring: { readonly enabled: boolean };
    /** Full image references with a tag or a digest. */
    readonly images: {
        /** Runs the workloads of this repository. */
        readonly node: string;
        readonly elasticsearch: string;
        readonly kibana: string;
        readonly filebeat: string;
    };
}
