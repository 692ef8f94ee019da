// Hourly rotation: whole lines from the live logs into archives on the archive volume.

import k8s from "@pulumi/kubernetes";
import * as kx from "@pulumi/kubernetesx";
import * as pulumi from "@pulumi/pulumi";
import type { Bundle } from "../workloads/bundle.ts";
import { asRoot, leastPrivilege } from "./container-security.ts";
import { jobPodLabelsOf, labelsOf } from "./labels.ts";
import { archiveFolder, archiveMount, logRoot, logTreeMount } from "./log-tree.ts";
import { WorkloadBundle } from "./workload-bundle.ts";

/** When a log file is rotated, and how. */
export interface RotationRules {
    /** Rotate a file whose oldest line not yet archived is older than this many days. */
    readonly maxAgeDays: number;
    /** Rotate a file that has this many MiB not yet archived; 0: whatever has a whole line. */
    readonly maxSizeMb: number;
    /** Compress archives with gzip. */
    readonly compress: boolean;
}

/** What a {@link LogRotation} needs. */
export interface LogRotationArgs extends RotationRules {
    readonly namespace: pulumi.Input<string>;
    /** Image with Node.js and util-linux, whose `fallocate` gives back disk space. */
    readonly image: string;
    /** The workload `log-rotation`. */
    readonly program: pulumi.Input<Bundle>;
    /** Claim of the volume that takes the archives. */
    readonly archiveClaimName: pulumi.Input<string>;
    /** Cron line of five fields, UTC. */
    readonly schedule: string;
}

/** Seconds after its time within which a run may still start; later it waits for its next time. */
const startingDeadlineSeconds = 900;
/** A run that takes longer than this many seconds counts as failed; the next one goes on where it stopped. */
const runDeadlineSeconds = 3300;
/** Finished runs of each outcome that stay, so that operators can read their logs. */
const keptRuns = 5;

/** Provisions the CronJob `log-rotation` and its configuration. */
export class LogRotation extends pulumi.ComponentResource {
    constructor(name: string, args: LogRotationArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:LogRotation", name, {}, options);
        const { namespace } = args;
        const app = "log-rotation";
        const role = "rotation";
        const labels = labelsOf(app, role);

        // Every run reads it anew, so no pod has to be told of a change.
        const configuration = new k8s.core.v1.ConfigMap(
            app,
            { metadata: { name: app, namespace, labels }, data: rotationEnvironment(args) },
            { parent: this },
        );
        const program = new WorkloadBundle(
            app,
            { namespace, workload: app, role, bundle: args.program },
            { parent: this },
        );
        const pod = new kx.PodBuilder({
            restartPolicy: "Never",
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: asRoot,
            containers: [
                {
                    name: app,
                    image: args.image,
                    command: program.command,
                    envFrom: [{ configMapRef: { name: configuration.metadata.name } }],
                    // Logs belong to any application's user; archives get the log tree's group.
                    securityContext: leastPrivilege(["CHOWN", "DAC_OVERRIDE", "FOWNER"]),
                    resources: {
                        requests: { cpu: "100m", memory: "128Mi" },
                        limits: { cpu: "1", memory: "256Mi" },
                    },
                    volumeMounts: [program.mount, logTreeMount, archiveMount(args.archiveClaimName)],
                },
            ],
        });
        new k8s.batch.v1.CronJob(
            app,
            {
                metadata: { name: app, namespace, labels },
                spec: {
                    schedule: args.schedule,
                    timeZone: "Etc/UTC",
                    concurrencyPolicy: "Forbid",
                    startingDeadlineSeconds,
                    successfulJobsHistoryLimit: keptRuns,
                    failedJobsHistoryLimit: keptRuns,
                    jobTemplate: {
                        metadata: { labels },
                        spec: {
                            // A failure shows at once, and the next run goes on where this one stopped.
                            backoffLimit: 0,
                            activeDeadlineSeconds: runDeadlineSeconds,
                            template: { metadata: { labels: jobPodLabelsOf(app, role) }, spec: pod.podSpec },
                        },
                    },
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

/** Environment of the rotation program. */
export function rotationEnvironment(rules: RotationRules): Record<string, string> {
    return {
        LOG_ROOT: logRoot,
        ARCHIVE_DIR: archiveFolder,
        JOURNAL_DIR: `${logRoot}/.rotation`,
        MAX_AGE_DAYS: String(rules.maxAgeDays),
        MAX_SIZE_MB: String(rules.maxSizeMb),
        COMPRESSION_ENABLED: String(rules.compress),
    };
}
