// Every setting by its key, and what its value may be. Defaults and descriptions are in Pulumi.yaml, and only there.

import { applications } from "./applications.ts";
import { bucketName } from "./bucket-name.ts";
import { cronSchedule } from "./cron-schedule.ts";
import { imageReference } from "./image-reference.ts";
import { addressBlocks, annotations, labels } from "./lists-and-maps.ts";
import {
    awsRegion,
    contextName,
    eksClusterName,
    encryptionKey,
    hostName,
    kubernetesName,
    namespaceName,
    oneOf,
    serviceUrl,
    wholeNumber,
    yesOrNo,
} from "./plain-values.ts";
import { bytes, cpu } from "./quantity.ts";
import { archiveStorageClasses } from "./storage-classes.ts";
import { optional, type ValueKind, type ValueOf } from "./value-kind.ts";

/** Namespace of the settings in stack configuration: the name of the project. */
export const namespace = "chattingo-logging";

/** S3 locks an object for 100 years at most, and nothing here should be kept longer. */
const hundredYears = 36500;

/** The smallest volume of EBS, which is also the least that Elasticsearch starts with: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const volume = { least: "1Gi", most: "1Pi", example: "5Gi" };
const filebeatMemory = { least: "32Mi", most: "64Gi", example: "200Mi" };
const filebeatCpu = { least: "1m", most: "64", example: "200m" };

/** The kind of value of each setting; `aws:region` belongs to the AWS provider, every other key to {@link namespace}. */
export const kinds = {
    "aws:region": awsRegion,
    applications,
    "rotation.maxAgeDays": wholeNumber(1, 3650, "days"),
    "rotation.maxSizeMb": wholeNumber(0, 1_048_576, "MiB"),
    "rotation.archiveWithinHours": wholeNumber(0, 87_600, "hours"),
    "rotation.maxArchiveMb": wholeNumber(1, 1_048_576, "MiB"),
    "rotation.compress": yesOrNo,
    "rotation.schedule": cronSchedule,
    "search.mode": oneOf(["single", "cluster"]),
    "search.replicas": wholeNumber(1, 100, "nodes"),
    "search.shrinkFrom": wholeNumber(0, 100, "nodes"),
    "search.retentionDays": wholeNumber(1, hundredYears, "days"),
    "search.keepRawLine": yesOrNo,
    "search.storage": bytes(volume),
    "search.storageClass": optional(kubernetesName("a StorageClass")),
    "search.memory": bytes({ least: "512Mi", most: "1Ti", example: "2Gi" }),
    "search.cpu": cpu({ least: "100m", most: "256", example: "500m" }),
    "search.setMaxMapCount": yesOrNo,
    "search.security": yesOrNo,
    "search.passwordKey": optional(encryptionKey),
    "search.certManager": yesOrNo,
    "archive.bucketName": optional(bucketName),
    "archive.storageClass": oneOf(archiveStorageClasses),
    "archive.retentionDays": wholeNumber(1, hundredYears, "days"),
    "archive.transitionStorageClass": optional(oneOf(archiveStorageClasses)),
    "archive.transitionAfterDays": wholeNumber(0, hundredYears, "days"),
    "archive.objectLock": yesOrNo,
    "archive.keepBucketOnDestroy": yesOrNo,
    "archive.credentials": oneOf(["irsa", "static"]),
    "archive.restoreJob": yesOrNo,
    "archive.endpoint": optional(serviceUrl),
    "archive.maxAgeDays": wholeNumber(1, 3650, "days"),
    "archive.deleteAfterUpload": yesOrNo,
    "archive.volumeSize": bytes(volume),
    "archive.volumeStorageClass": optional(kubernetesName("a StorageClass")),
    "archive.volumeAccessMode": optional(oneOf(["ReadWriteOnce", "ReadWriteMany"])),
    "cluster.eksName": optional(eksClusterName),
    "cluster.context": optional(contextName),
    "cluster.keepVolumesOnDestroy": yesOrNo,
    // With less, 9.4 has not the 600 MB of heap that it takes to start: https://github.com/elastic/cloud-on-k8s/issues/9239
    "kibana.memory": bytes({ least: "1Gi", most: "64Gi", example: "2Gi" }),
    "kibana.encryptionKey": optional(encryptionKey),
    "kibana.ingress.host": optional(hostName),
    "kibana.ingress.className": optional(kubernetesName("an IngressClass")),
    "kibana.ingress.annotations": annotations,
    "kibana.ingress.tlsSecretName": optional(kubernetesName("a Secret")),
    "filebeat.requests.cpu": cpu(filebeatCpu),
    "filebeat.requests.memory": bytes(filebeatMemory),
    "filebeat.limits.cpu": cpu(filebeatCpu),
    "filebeat.limits.memory": bytes(filebeatMemory),
    "network.policies": yesOrNo,
    "network.ingressControllerNamespace": optional(namespaceName),
    "network.ingressCidrs": addressBlocks,
    "network.prometheusNamespace": namespaceName,
    "network.dnsCidrs": addressBlocks,
    "monitoring.enabled": yesOrNo,
    "monitoring.operator": yesOrNo,
    "monitoring.labels": labels,
    "monitoring.dashboardAnnotations": annotations,
    "load.gbPerDay": wholeNumber(0, 1_000_000, "GB"),
    "images.node": imageReference,
    "images.elasticsearch": imageReference,
    "images.kibana": imageReference,
    "images.filebeat": imageReference,
    "images.elasticsearchExporter": imageReference,
} as const satisfies Readonly<Record<string, ValueKind<unknown>>>;

/** A setting, as it is written in `Pulumi.yaml`. */
export type Key = keyof typeof kinds;

/** The checked value of every setting. */
export type Values = { readonly [K in Key]: ValueOf<(typeof kinds)[K]> };

/** All settings, in the order in which `Pulumi.yaml` describes them. */
export const keys = Object.keys(kinds) as readonly Key[];

/** The key with its namespace, as stack files and the Pulumi CLI write it. */
export function qualified(key: string): string {
    return key.includes(":") ? key : `${namespace}:${key}`;
}

/** A setting that names an image. */
export type ImageKey = Extract<(typeof keys)[number], `images.${string}`>;

/** The settings that name images. */
export const imageKeys = keys.filter((key): key is ImageKey => key.startsWith("images."));
