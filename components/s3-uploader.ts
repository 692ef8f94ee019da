// The uploader: every two hours, archives from the archive volume to S3, verified and named by the manifest.

import { relative } from "node:path/posix";
import k8s from "@pulumi/kubernetes";
import * as kx from "@pulumi/kubernetesx";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { LogCategory } from "../formats/log-categories.ts";
import { logRoot } from "../formats/log-tree.ts";
import type { ArchiveStorageClass } from "../settings/index.ts";
import type { Bundle } from "../workloads/bundle.ts";
import { uploaderNodeOptions } from "../workloads/s3-uploader/node-options.ts";
import { type AwsCredentials, awsIdentity } from "./aws-identity.ts";
import { checksum } from "./checksum.ts";
import { ports } from "./connections.ts";
import { containerResources } from "./container-resources.ts";
import { asUser, leastPrivilege } from "./container-security.ts";
import { labelsOf, selectorOf } from "./labels.ts";
import { onLinux } from "./linux-nodes.ts";
import { archiveFolder, archiveMount, logGroupId, uploaderUserId } from "./log-tree.ts";
import { onePodMinutes, waitingAtMost } from "./roll-out-time.ts";
import { WorkloadBundle } from "./workload-bundle.ts";

/** What goes into the uploader's configuration file. */
export interface UploaderConfig {
    readonly bucketName: string;
    /** ARN of the key that encrypts the archive, the only one that the bucket lets a put name. */
    readonly keyArn: string;
    /** AWS region of the bucket. */
    readonly region: string;
    /** S3 storage class in which archives are put. */
    readonly storageClass: ArchiveStorageClass;
    /** Archives are compressed with gzip; otherwise files without `.gz` are archives too. */
    readonly compress: boolean;
    /** Days for which an uploaded archive stays on the volume when it is not deleted after upload. */
    readonly maxAgeDays: number;
    /** Delete an archive from the volume once S3 has confirmed it and the manifest names it. */
    readonly deleteAfterUpload: boolean;
    /** Categories that the manifest names beside the six; none by default. */
    readonly applications?: readonly Pick<LogCategory, "name" | "directory">[];
}

/** What an {@link S3Uploader} needs. */
export interface S3UploaderArgs extends Omit<UploaderConfig, "bucketName" | "keyArn"> {
    readonly namespace: pulumi.Input<string>;
    /** Image with Node.js. */
    readonly image: string;
    /** The workload `s3-uploader`. */
    readonly program: pulumi.Input<Bundle>;
    /** What has to be there before its pod starts; nothing by default. */
    readonly after?: pulumi.Resource;
    /** Claim of the volume with the archives. */
    readonly archiveClaimName: pulumi.Input<string>;
    readonly bucketName: pulumi.Input<string>;
    /** ARN of the key that encrypts the archive, the only one that the bucket lets a put name. */
    readonly keyArn: pulumi.Input<string>;
    /** URL of an S3-compatible store as pods see it; undefined: AWS. */
    readonly endpoint?: string;
    readonly credentials: AwsCredentials;
}

/** Name of the ServiceAccount that a role trusts. */
export const uploaderServiceAccountName = "s3-uploader";

/** Cron line of the uploads, UTC: every two hours. */
const schedule = "0 */2 * * *";
const configFolder = "/etc/s3-uploader";
/** Where the program looks at the size of the volume of the live logs. */
const logVolumeFolder = "/mnt/log-volume";
const configFile = "config.yaml";
const metricsPort = ports.uploaderMetrics;
/** Seconds that a pass has to come to a stop: the upload under way is finished or given up. */
const terminationSeconds = 60;

/**
 * A directory of the log tree that no log is in: it tells how full the node's disk is, and shows no line. kubernetesx's short
 * form knows no mounts that are only read.
 */
const logVolume: k8s.types.input.core.v1.Volume = {
    name: "log-volume",
    hostPath: { path: `${logRoot}/kibana`, type: "DirectoryOrCreate" },
};

/** Provisions the uploader's ServiceAccount, configuration, Deployment and Service. */
export class S3Uploader extends pulumi.ComponentResource {
    constructor(name: string, args: S3UploaderArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:S3Uploader", name, {}, options);
        const { namespace, credentials } = args;
        const app = "s3-uploader";
        const role = "archive";
        const labels = labelsOf(app, role);

        const identity = awsIdentity(
            { namespace, app: uploaderServiceAccountName, role, credentials },
            { parent: this },
        );
        const config = pulumi
            .all([args.bucketName, args.keyArn])
            .apply(([bucketName, keyArn]) => uploaderConfig({ ...args, bucketName, keyArn }));
        const configuration = new k8s.core.v1.ConfigMap(
            app,
            { metadata: { name: app, namespace, labels }, data: { [configFile]: config } },
            { parent: this },
        );
        const program = new WorkloadBundle(
            app,
            { namespace, workload: app, role, bundle: args.program },
            { parent: this },
        );

        const pod = new kx.PodBuilder({
            serviceAccountName: identity.serviceAccountName,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            nodeSelector: onLinux,
            terminationGracePeriodSeconds: terminationSeconds,
            securityContext: asUser(uploaderUserId, logGroupId),
            volumes: [logVolume, ...identity.volumes],
            containers: [
                {
                    name: app,
                    image: args.image,
                    command: program.command,
                    args: ["--config", `${configFolder}/${configFile}`],
                    env: {
                        ...identity.env,
                        AWS_REGION: args.region,
                        NODE_NAME: { fieldRef: { fieldPath: "spec.nodeName" } },
                        LOG_VOLUME: logVolumeFolder,
                        NODE_OPTIONS: uploaderNodeOptions,
                        ...(args.endpoint === undefined ? {} : { AWS_ENDPOINT_URL_S3: args.endpoint }),
                    },
                    ports: { metrics: metricsPort },
                    startupProbe: probe("/healthz", { periodSeconds: 2, failureThreshold: 30 }),
                    livenessProbe: probe("/healthz", { periodSeconds: 20, failureThreshold: 3 }),
                    readinessProbe: probe("/readyz", { periodSeconds: 5, failureThreshold: 3 }),
                    securityContext: leastPrivilege(),
                    resources: containerResources(
                        // Room for a second process: operators start a pass with `kubectl exec`.
                        { cpu: "100m", memory: "128Mi" },
                        { cpu: "1", memory: "512Mi" },
                    ),
                    volumeMounts: [
                        program.mount,
                        archiveMount(args.archiveClaimName),
                        { name: logVolume.name, mountPath: logVolumeFolder, readOnly: true },
                        {
                            volume: { name: "config", configMap: { name: configuration.metadata.name } },
                            destPath: configFolder,
                        },
                        ...identity.volumeMounts,
                    ],
                },
            ],
        });
        new k8s.apps.v1.Deployment(
            app,
            {
                metadata: {
                    name: app,
                    namespace,
                    labels,
                },
                spec: {
                    replicas: 1,
                    // Two at once would do no harm, but would read every archive twice.
                    strategy: { type: "Recreate" },
                    selector: { matchLabels: selectorOf(app) },
                    template: {
                        metadata: {
                            labels,
                            // The program reads these when it starts: a change must restart it.
                            annotations: {
                                "checksum/config": config.apply(checksum),
                                ...("accessKeyId" in credentials && {
                                    "checksum/access-key-id": pulumi.output(credentials.accessKeyId).apply(checksum),
                                }),
                            },
                        },
                        spec: pod.podSpec,
                    },
                },
            },
            { parent: this, dependsOn: args.after, customTimeouts: waitingAtMost(onePodMinutes) },
        );
        new k8s.core.v1.Service(
            app,
            {
                metadata: { name: app, namespace, labels },
                spec: {
                    type: "ClusterIP",
                    selector: selectorOf(app),
                    ports: [{ name: "metrics", port: metricsPort, targetPort: "metrics" }],
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

/** The uploader's configuration file. */
export function uploaderConfig(config: UploaderConfig): string {
    const { applications = [] } = config;
    return stringify({
        s3: {
            bucket_name: config.bucketName,
            region: config.region,
            storage_class: config.storageClass,
            kms_key_id: config.keyArn,
        },
        upload: {
            file_patterns: config.compress ? ["*.gz"] : ["*.gz", "*.log"],
            upload_directories: [`${relative(logRoot, archiveFolder)}/`],
            schedule,
            ...(applications.length > 0 && {
                categories: Object.fromEntries(applications.map(({ directory, name }) => [directory, name])),
            }),
        },
        cleanup: { max_age_days: config.maxAgeDays, delete_after_upload: config.deleteAfterUpload },
    });
}

function probe(
    path: string,
    timing: Pick<k8s.types.input.core.v1.Probe, "periodSeconds" | "failureThreshold">,
): k8s.types.input.core.v1.Probe {
    return { httpGet: { path, port: "metrics" }, timeoutSeconds: 5, ...timing };
}
