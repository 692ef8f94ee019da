// Stack configuration in, one validated and readonly `Settings` out. The first thing the program does
// (settings/load-settings.ts): when any setting is wrong, all wrong ones are reported together and nothing is provisioned.

import type { Application } from "./applications.ts";
import { checkedValues } from "./check.ts";
import type { Key, Values } from "./keys.ts";
import { defaultBucketName } from "./rules.ts";
import type { Origin } from "./stack-config.ts";
import type { ArchiveStorageClass } from "./storage-classes.ts";

export { SettingsError } from "./report.ts";
export { readStackConfig, type StackConfig } from "./stack-config.ts";
export type { ArchiveStorageClass };

/** Everything a stack can be told, checked as a whole. Sizes are Kubernetes quantities, ages are days. */
export interface Settings {
    /** Name of the stack, such as `prod`. */
    readonly stack: string;
    /** Whose logs are taken beside those of the six categories. */
    readonly applications: readonly Application[];
    readonly rotation: {
        /** Rotate a file whose oldest unrotated line is older than this. */
        readonly maxAgeDays: number;
        /** Rotate a file that has this many MiB not yet archived; 0 rotates whatever has a whole line. */
        readonly maxSizeMb: number;
        /** Hours for which a line may be without an archive; 0: as age and size say. */
        readonly archiveWithinHours: number;
        /** MiB of a log, before compression, in one archive at most. */
        readonly maxArchiveMb: number;
        readonly compress: boolean;
        /** Cron line of five fields, UTC. */
        readonly schedule: string;
    };
    readonly search: {
        /** One Elasticsearch, or a cluster. */
        readonly mode: "single" | "cluster";
        readonly replicas: number;
        /** Nodes of a stack that may become fewer, because those that go hold no data; 0: none may. */
        readonly shrinkFrom: number;
        readonly retentionDays: number;
        /** Keep each line as it was written, where it is found by any part of it. */
        readonly keepRawLine: boolean;
        /** Size of each node's data volume. */
        readonly storage: string;
        /** Undefined: the cluster's default StorageClass. */
        readonly storageClass?: string;
        readonly memory: string;
        readonly cpu: string;
        /** Raise the kernel's limit of memory maps on the nodes, by a privileged container. */
        readonly setMaxMapCount: boolean;
        /** Elasticsearch asks for a login, and speaks TLS with clients and between its nodes; undefined: neither. */
        readonly security?: {
            /** Secret from which its users' passwords are made. */
            readonly passwordKey: string;
            /** The cluster has cert-manager, which makes the certificates; without it they are in two Secrets already. */
            readonly certManager: boolean;
        };
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
        /** How parts get their AWS credentials: a role for the ServiceAccount of an EKS cluster, or an access key in a Secret. */
        readonly credentials: { readonly kind: "irsa"; readonly eksName: string } | { readonly kind: "static" };
        /** Keep at hand what brings archived lines back inside the cluster. */
        readonly restoreJob: boolean;
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
        /** Name of the EKS cluster, which is reached by what AWS tells of it. */
        readonly eksName?: string;
        /** Context by which a cluster outside EKS is reached; undefined beside `eksName`, or: the current one. */
        readonly context?: string;
        /** `pulumi destroy` leaves the namespace and the claims of volumes with data where they are. */
        readonly keepVolumesOnDestroy: boolean;
    };
    readonly kibana: {
        readonly memory: string;
        /** Secret from which keys are made; undefined: a random one that the state keeps. */
        readonly encryptionKey?: string;
        /** Undefined: no Ingress. */
        readonly ingress?: {
            readonly host: string;
            readonly className?: string;
            readonly annotations: Readonly<Record<string, string>>;
            readonly tlsSecretName?: string;
        };
    };
    readonly filebeat: {
        readonly requests: { readonly cpu: string; readonly memory: string };
        readonly limits: { readonly cpu: string; readonly memory: string };
    };
    readonly network: {
        /** Close the namespace but for what the parts need; works where the cluster's network plugin enforces it. */
        readonly policies: boolean;
        /** Namespace from which Kibana's Ingress is served; undefined: none of the cluster. */
        readonly ingressControllerNamespace?: string;
        /** Blocks of addresses from which a load balancer outside of the cluster serves Kibana. */
        readonly ingressCidrs: readonly string[];
        /** Namespace from which metrics are read. */
        readonly prometheusNamespace: string;
        /** Blocks of addresses at which DNS answers, beside the pods of kube-system. */
        readonly dnsCidrs: readonly string[];
    };
    readonly monitoring: {
        readonly enabled: boolean;
        /** The cluster has the Prometheus operator: make ServiceMonitors and alerts too. */
        readonly operator: boolean;
        /** Labels of rules and ServiceMonitors, beside the system's own. */
        readonly labels: Readonly<Record<string, string>>;
        /** Annotations of the ConfigMaps with dashboards. */
        readonly dashboardAnnotations: Readonly<Record<string, string>>;
    };
    readonly load: {
        /** GB (10^9 bytes) of log lines a day that the stack is meant for, all nodes together; undefined: not declared. */
        readonly gbPerDay?: number;
    };
    /** Full image references with a tag or a digest. */
    readonly images: {
        /** Runs the workloads of this repository. */
        readonly node: string;
        readonly elasticsearch: string;
        readonly kibana: string;
        readonly filebeat: string;
        /** Shows Prometheus how Elasticsearch is. */
        readonly elasticsearchExporter: string;
    };
}

/**
 * The settings that configuration stands for.
 *
 * @param values every setting by its key with namespace, as text; keys of other namespaces are passed over
 * @param origins where each was set, for the error message
 * @throws SettingsError with every wrong setting
 */
export function parseSettings(
    stack: string,
    values: Readonly<Record<string, string>>,
    origins: Readonly<Record<string, Origin>> = {},
): Settings {
    const checked = checkedValues(stack, { values, origins });
    const transitionClass = checked["archive.transitionStorageClass"];
    const host = checked["kibana.ingress.host"];
    return {
        stack,
        applications: checked.applications,
        rotation: {
            maxAgeDays: checked["rotation.maxAgeDays"],
            maxSizeMb: checked["rotation.maxSizeMb"],
            archiveWithinHours: checked["rotation.archiveWithinHours"],
            maxArchiveMb: checked["rotation.maxArchiveMb"],
            compress: checked["rotation.compress"],
            schedule: checked["rotation.schedule"],
        },
        search: {
            mode: checked["search.mode"],
            replicas: checked["search.replicas"],
            shrinkFrom: checked["search.shrinkFrom"],
            retentionDays: checked["search.retentionDays"],
            keepRawLine: checked["search.keepRawLine"],
            storage: checked["search.storage"],
            storageClass: checked["search.storageClass"],
            memory: checked["search.memory"],
            cpu: checked["search.cpu"],
            setMaxMapCount: checked["search.setMaxMapCount"],
            security: checked["search.security"]
                ? {
                      passwordKey: required(checked, "search.passwordKey"),
                      certManager: checked["search.certManager"],
                  }
                : undefined,
        },
        archive: {
            bucketName: checked["archive.bucketName"] ?? defaultBucketName(stack),
            region: checked["aws:region"],
            storageClass: checked["archive.storageClass"],
            retentionDays: checked["archive.retentionDays"],
            transition: transitionClass && {
                storageClass: transitionClass,
                afterDays: checked["archive.transitionAfterDays"],
            },
            objectLock: checked["archive.objectLock"],
            keepBucketOnDestroy: checked["archive.keepBucketOnDestroy"],
            credentials:
                checked["archive.credentials"] === "irsa"
                    ? { kind: "irsa", eksName: required(checked, "cluster.eksName") }
                    : { kind: "static" },
            restoreJob: checked["archive.restoreJob"],
            endpoint: checked["archive.endpoint"],
            maxAgeDays: checked["archive.maxAgeDays"],
            deleteAfterUpload: checked["archive.deleteAfterUpload"],
            volumeSize: checked["archive.volumeSize"],
            volumeStorageClass: checked["archive.volumeStorageClass"],
            // In a cluster the pods of several nodes write to the one archive volume.
            volumeAccessMode:
                checked["archive.volumeAccessMode"] ??
                (checked["search.mode"] === "cluster" ? "ReadWriteMany" : "ReadWriteOnce"),
        },
        cluster: {
            eksName: checked["cluster.eksName"],
            context: checked["cluster.context"],
            keepVolumesOnDestroy: checked["cluster.keepVolumesOnDestroy"],
        },
        kibana: {
            memory: checked["kibana.memory"],
            encryptionKey: checked["kibana.encryptionKey"],
            ingress: host
                ? {
                      host,
                      className: checked["kibana.ingress.className"],
                      annotations: checked["kibana.ingress.annotations"],
                      tlsSecretName: checked["kibana.ingress.tlsSecretName"],
                  }
                : undefined,
        },
        filebeat: {
            requests: { cpu: checked["filebeat.requests.cpu"], memory: checked["filebeat.requests.memory"] },
            limits: { cpu: checked["filebeat.limits.cpu"], memory: checked["filebeat.limits.memory"] },
        },
        network: {
            policies: checked["network.policies"],
            ingressControllerNamespace: checked["network.ingressControllerNamespace"],
            ingressCidrs: checked["network.ingressCidrs"],
            prometheusNamespace: checked["network.prometheusNamespace"],
            dnsCidrs: checked["network.dnsCidrs"],
        },
        monitoring: {
            enabled: checked["monitoring.enabled"],
            operator: checked["monitoring.operator"],
            labels: checked["monitoring.labels"],
            dashboardAnnotations: checked["monitoring.dashboardAnnotations"],
        },
        load: { gbPerDay: checked["load.gbPerDay"] || undefined },
        images: {
            node: checked["images.node"],
            elasticsearch: checked["images.elasticsearch"],
            kibana: checked["images.kibana"],
            filebeat: checked["images.filebeat"],
            elasticsearchExporter: checked["images.elasticsearchExporter"],
        },
    };
}

/** A value that a rule of settings/rules.ts has made sure of; that it is missing would be a fault of the rules. */
function required<K extends Key>(checked: Values, key: K): NonNullable<Values[K]> {
    const value = checked[key];
    if (value === undefined || value === null) {
        throw new Error(`${key} is empty where settings/rules.ts has to refuse that`);
    }
    return value;
}
