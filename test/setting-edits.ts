// An edit of each setting of prod, with what it may do to a stack that stands: for the tests of plans.

import type { Key } from "../settings/keys.ts";

/** A secret that is no stack's. */
const anotherSecret = "0123456789abcdef".repeat(4);

/** An edit of one setting of prod. */
export interface Edit {
    /** The new value, as it is written into the stack's file. */
    readonly value: unknown;
    /** The value is set with `--secret`. */
    readonly secret?: true;
    /** Settings that have to go with it. */
    readonly others?: Partial<Readonly<Record<Key, unknown>>>;
    /** Why the edit takes away what lasts, and what (operation, type and name); nothing by default. */
    readonly takesAway?: { readonly because: string; readonly steps: readonly string[] };
    /** Why `pulumi up` refuses the edit, before it changes anything; it is not refused by default. */
    readonly refused?: string;
    /** Why the plan shows no step; it shows one by default. */
    readonly unseen?: string;
    /** Why it is not tried together with edits of other settings; it is by default. */
    readonly alone?: string;
}

/** The stand-in for the AWS provider does not show what the official one would do (lab/providers/aws/main.ts). */
export const untriedKeys = ["aws:region"] as const;

/** One edit for each setting that is tried. */
export const edits: Readonly<Record<Exclude<Key, (typeof untriedKeys)[number]>, Edit>> = {
    applications: { value: [{ name: "billing" }] },
    "rotation.maxAgeDays": { value: 29 },
    "rotation.maxSizeMb": { value: 50 },
    "rotation.compress": { value: false },
    "rotation.schedule": { value: "15 * * * *" },
    "rotation.archiveWithinHours": { value: 12 },
    "rotation.maxArchiveMb": { value: 128 },
    "search.mode": {
        value: "single",
        others: { "search.replicas": 1 },
        refused: "each node holds a part of the data",
    },
    "search.replicas": { value: 5 },
    "search.shrinkFrom": {
        value: 5,
        unseen: "it allows a change of search.replicas, and is none",
        alone: "it is refused beside as many replicas",
    },
    "search.retentionDays": { value: 29 },
    "search.storage": { value: "200Gi" },
    "search.storageClass": { value: "standard", refused: "another volume would take the place of each" },
    "search.memory": { value: "4Gi" },
    "search.cpu": { value: "1" },
    "search.keepRawLine": { value: false },
    "search.setMaxMapCount": { value: false },
    "search.security": { value: false, alone: "without it other settings mean nothing" },
    "search.passwordKey": { value: anotherSecret, secret: true },
    "search.certManager": { value: false, alone: "without it other settings mean nothing" },
    "archive.bucketName": {
        value: "chattingo-logs-of-another-name",
        takesAway: {
            because: "it is another bucket; the old one and its objects are retained (decision 4)",
            steps: ["replace aws:s3/bucket:Bucket log-archive"],
        },
    },
    "archive.storageClass": { value: "STANDARD" },
    "archive.retentionDays": { value: 400 },
    "archive.transitionStorageClass": { value: "DEEP_ARCHIVE" },
    "archive.transitionAfterDays": { value: 60 },
    "archive.objectLock": { value: true, alone: "other settings depend on it" },
    "archive.keepBucketOnDestroy": { value: false },
    "archive.credentials": { value: "static", alone: "other settings depend on it" },
    "archive.restoreJob": { value: false },
    "archive.endpoint": { value: "http://s3.example.com:9000", alone: "other settings depend on it" },
    "archive.maxAgeDays": { value: 10 },
    "archive.deleteAfterUpload": { value: false },
    "archive.volumeSize": { value: "30Gi" },
    "archive.volumeStorageClass": { value: "gp3", refused: "another volume would take its place" },
    "archive.volumeAccessMode": { value: "ReadWriteOnce", refused: "another volume would take its place" },
    "cluster.eksName": { value: "chattingo-compliance", refused: "everything is in the cluster of the last up" },
    "cluster.context": { value: "another", refused: "an EKS cluster is reached by what AWS tells of it" },
    "cluster.keepVolumesOnDestroy": { value: false, unseen: "what is kept stands in the state alone" },
    "kibana.memory": { value: "3Gi" },
    "kibana.encryptionKey": { value: anotherSecret, secret: true },
    "kibana.ingress.host": { value: "logs.chattingo.example.com" },
    "kibana.ingress.className": { value: "traefik" },
    "kibana.ingress.tlsSecretName": { value: "another-tls" },
    "kibana.ingress.annotations": { value: { "alb.ingress.kubernetes.io/scheme": "internet-facing" } },
    "filebeat.requests.cpu": { value: "150m" },
    "filebeat.requests.memory": { value: "150Mi" },
    "filebeat.limits.cpu": { value: "600m" },
    "filebeat.limits.memory": { value: "600Mi" },
    "network.policies": { value: false, alone: "without it other settings mean nothing" },
    "network.ingressCidrs": { value: ["10.1.0.0/16"] },
    "network.dnsCidrs": { value: ["172.20.0.10/32"] },
    "network.ingressControllerNamespace": { value: "ingress" },
    "network.prometheusNamespace": { value: "prometheus" },
    "monitoring.enabled": {
        value: false,
        takesAway: {
            because: "the exporter is a part of what it switches off",
            steps: ["delete kubernetes:apps/v1:Deployment elasticsearch-exporter"],
        },
    },
    "monitoring.operator": { value: false, alone: "without it other settings mean nothing" },
    "monitoring.labels": { value: { release: "prometheus" } },
    "monitoring.dashboardAnnotations": { value: { grafana_folder: "Logs" } },
    "load.gbPerDay": { value: 1, unseen: "it is for warnings alone" },
    "images.node": { value: "registry.example/node:1" },
    "images.elasticsearch": { value: "registry.example/elasticsearch:1" },
    "images.kibana": { value: "registry.example/kibana:1" },
    "images.filebeat": { value: "registry.example/filebeat:1" },
    "images.elasticsearchExporter": { value: "registry.example/exporter:1" },
};
