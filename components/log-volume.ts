// The log tree on the node and the volume for archives: where the way of a log line begins.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { logRoot } from "../formats/log-tree.ts";
import type { Bundle } from "../workloads/bundle.ts";
import { containerResources } from "./container-resources.ts";
import { asRoot, leastPrivilege } from "./container-security.ts";
import { defaultContainer, jobPodLabelsOf, labelsOf } from "./labels.ts";
import { onLinux } from "./linux-nodes.ts";
import { type LogSetup, logSetupContainer } from "./log-setup-container.ts";
import { archiveFolder, logGroupId, logTreeVolume, uploaderUserId } from "./log-tree.ts";
import { jobMinutes, waitingAtMost } from "./roll-out-time.ts";
import { serviceAccount } from "./service-account.ts";
import { WorkloadBundle } from "./workload-bundle.ts";

/** What a {@link LogVolume} needs. */
export interface LogVolumeArgs {
    readonly namespace: pulumi.Input<string>;
    /** Image with Node.js for the Job that makes the tree. */
    readonly image: string;
    /** The workload `log-setup`. */
    readonly program: pulumi.Input<Bundle>;
    /** Directories of applications, beside those of the six categories; none by default. */
    readonly applicationDirectories?: readonly string[];
    /** Size of the archive volume, a Kubernetes quantity. */
    readonly size: string;
    /** StorageClass of the archive volume; undefined: the cluster's default. */
    readonly storageClass?: string;
    /** `ReadWriteMany` where pods of several nodes write archives. */
    readonly accessMode: "ReadWriteOnce" | "ReadWriteMany";
    /** Leave the claim when the stack is destroyed, with what has not been uploaded yet. */
    readonly keepOnDestroy: boolean;
}

/** Times that a failed set-up is tried again before the Job counts as failed. */
const retries = 3;
/**
 * Seconds after which the set-up is given up. Making a few directories takes one; a node that has to be started first
 * takes minutes, and so does pulling the image over a slow line.
 */
const deadlineSeconds = 1800;

/**
 * Provisions the claim `log-archive` and the Job `log-setup`.
 */
export class LogVolume extends pulumi.ComponentResource {
    /** Name of the archive volume's claim. */
    readonly archiveClaimName: pulumi.Output<string>;
    /** When it is there, so is the log tree (docs/decisions/0020-order-behind-a-job.md). */
    readonly job: k8s.batch.v1.Job;
    /** Makes the tree on a node that joins later. */
    readonly setup: LogSetup;

    constructor(name: string, args: LogVolumeArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:LogVolume", name, {}, options);
        const { namespace } = args;

        const claimName = "log-archive";
        const claim = new k8s.core.v1.PersistentVolumeClaim(
            claimName,
            {
                metadata: { name: claimName, namespace, labels: labelsOf(claimName, "archive") },
                spec: {
                    accessModes: [args.accessMode],
                    storageClassName: args.storageClass,
                    resources: { requests: { storage: args.size } },
                },
            },
            { parent: this, retainOnDelete: args.keepOnDestroy },
        );

        const app = "log-setup";
        const role = "rotation";
        const program = new WorkloadBundle(
            app,
            { namespace, workload: app, role, bundle: args.program },
            { parent: this },
        );
        this.setup = { image: args.image, program, applicationDirectories: args.applicationDirectories };
        const archiveVolume = { name: "archive", persistentVolumeClaim: { claimName: claim.metadata.name } };
        const account = serviceAccount({ namespace, app, role }, { parent: this });
        this.job = new k8s.batch.v1.Job(
            app,
            {
                metadata: {
                    name: app,
                    namespace,
                    labels: labelsOf(app, role),
                    annotations: {
                        // One that failed is made again by the next `up`, which so heals what was wrong.
                        "pulumi.com/replaceUnready": "true",
                    },
                },
                spec: {
                    backoffLimit: retries,
                    activeDeadlineSeconds: deadlineSeconds,
                    template: {
                        metadata: { labels: jobPodLabelsOf(app, role), annotations: defaultContainer(app) },
                        spec: {
                            restartPolicy: "Never",
                            serviceAccountName: account.metadata.name,
                            automountServiceAccountToken: false,
                            enableServiceLinks: false,
                            nodeSelector: onLinux,
                            securityContext: asRoot,
                            initContainers: [
                                logSetupContainer(
                                    this.setup,
                                    [
                                        { name: logTreeVolume.name, mountPath: logRoot },
                                        { name: archiveVolume.name, mountPath: archiveFolder },
                                    ],
                                    ["--leave-trial"],
                                ),
                            ],
                            containers: [archiveTrialContainer(args.image, program, archiveVolume.name)],
                            volumes: [program.volume, logTreeVolume, archiveVolume],
                        },
                    },
                },
            },
            // A Job cannot be changed, and its name is fixed: the old one has to go before the new one can be made.
            { parent: this, deleteBeforeReplace: true, customTimeouts: waitingAtMost(jobMinutes(deadlineSeconds)) },
        );

        this.archiveClaimName = claim.metadata.name;
        this.registerOutputs({ archiveClaimName: this.archiveClaimName });
    }
}

/** Does with the archive volume what the uploader will do, as its user. */
function archiveTrialContainer(
    image: string,
    program: WorkloadBundle,
    archiveVolumeName: string,
): k8s.types.input.core.v1.Container {
    return {
        name: "archive-trial",
        image,
        command: program.command,
        args: ["--finish-trial"],
        env: [{ name: "LOG_ROOT", value: logRoot }],
        securityContext: { ...leastPrivilege(), runAsNonRoot: true, runAsUser: uploaderUserId, runAsGroup: logGroupId },
        resources: containerResources({ cpu: "50m", memory: "64Mi" }, { cpu: "500m", memory: "128Mi" }),
        volumeMounts: [program.volumeMount, { name: archiveVolumeName, mountPath: archiveFolder }],
    };
}
