// Hourly rotation on every node: whole lines from the live logs into archives on the archive volume.
//
// Logs are on the nodes' own disks, so one pod can't rotate them all. The CronJob's pod starts a Job on every ready node,
// waits for them and fails if one fails (workloads/log-rotation/every-node). It touches no log itself; the Jobs' pods do
// and know nothing of the cluster.

import k8s from "@pulumi/kubernetes";
import type { types } from "@pulumi/kubernetesx";
import * as kx from "@pulumi/kubernetesx";
import * as pulumi from "@pulumi/pulumi";
import { logRoot } from "../formats/log-tree.ts";
import type { Bundle } from "../workloads/bundle.ts";
import { fanOutNodeOptions } from "../workloads/log-rotation/every-node/node-options.ts";
import { containerResources } from "./container-resources.ts";
import { asRoot, asUser, leastPrivilege } from "./container-security.ts";
import { jobPodLabelsOf, labelsOf } from "./labels.ts";
import { LeavingNodeRotation } from "./leaving-node-rotation.ts";
import { onLinux } from "./linux-nodes.ts";
import { applicationEnvironment, archiveFolder, archiveMount, logGroupId, logTreeMount } from "./log-tree.ts";
import { type NodeJobTemplate, rotationAdmission } from "./rotation-admission.ts";
import { rulesInCluster, rulesInNamespace } from "./rotation-rules.ts";
import { serviceAccount, trustInApiServer } from "./service-account.ts";
import { WorkloadBundle } from "./workload-bundle.ts";

/** When a log file is rotated, and how. */
export interface RotationRules {
    /** Rotate a file whose oldest line not yet archived is older than this many days. */
    readonly maxAgeDays: number;
    /** Rotate a file that has this many MiB not yet archived; 0: whatever has a whole line. */
    readonly maxSizeMb: number;
    /** Rotate a file of which a line has no archive for longer than this many hours; 0: as age and size say. */
    readonly archiveWithinHours: number;
    /** MiB of a log, before compression, in one archive at most; more become several. */
    readonly maxArchiveMb: number;
    /** Compress archives with gzip. */
    readonly compress: boolean;
    /** Directories of applications whose logs are rotated, beside those of the six categories; none by default. */
    readonly applicationDirectories?: readonly string[];
}

/** What a {@link LogRotation} needs. */
export interface LogRotationArgs extends RotationRules {
    readonly namespace: pulumi.Input<string>;
    /** Image with Node.js and util-linux, whose `fallocate` gives back disk space. */
    readonly image: string;
    /** The workload `log-rotation`. */
    readonly program: pulumi.Input<Bundle>;
    /** What has to be there before the first run; nothing by default. */
    readonly after?: pulumi.Resource;
    /** Claim of the volume that takes the archives. */
    readonly archiveClaimName: pulumi.Input<string>;
    /** Cron line of five fields, UTC. */
    readonly schedule: string;
    /**
     * Whether each node's archives go into a folder of its own, `archive/<node>/`: where the archive volume serves
     * several nodes. Without it they lie in `archive/`, which is the default.
     */
    readonly archivePerNode?: boolean;
    /**
     * Folder on every node in which Filebeat keeps its data (`path.data`), with the registry below it. Space is given
     * back only for what that says is acknowledged. Undefined: no Filebeat reads the logs, and nothing waits for one.
     */
    readonly filebeatDataPath?: string;
    /** Priority of the pods that wait on every node; the cluster's default when undefined. */
    readonly priorityClassName?: pulumi.Input<string>;
}

/** Seconds after its time within which a run may still start; later it waits for its next time. */
const startingDeadlineSeconds = 900;
/** A run that takes longer than this many seconds counts as failed; the next one goes on where it stopped. */
const runDeadlineSeconds = 3300;
/** The same for one node: early enough that the run sees it and says so. */
const nodeDeadlineSeconds = 3000;
/** Seconds for which the finished Job of a node stays; the run has repeated what it said. */
const nodeJobKeptSeconds = 2 * 60 * 60;
/** Finished runs of each outcome that stay, so that operators can read their logs. */
const keptRuns = 5;

/** Where a node's pod sees Filebeat's data. */
const filebeatDataFolder = "/var/lib/filebeat";
/** Where the run's pod finds the Job for the nodes. */
const jobFolder = "/etc/log-rotation";
const jobFile = "job.json";
/** What belongs to no namespace shares its names with that of everybody. */
const clusterWideName = "chattingo-log-rotation";
const roleGroup = "rbac.authorization.k8s.io";
/** User of the run's pod, which owns nothing. */
const runUserId = 10001;

/** Provisions the CronJob `log-rotation`, its configuration, and what it may do in the cluster. */
export class LogRotation extends pulumi.ComponentResource {
    constructor(name: string, args: LogRotationArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:LogRotation", name, {}, options);
        const { namespace } = args;
        const app = "log-rotation";
        const nodeApp = "log-rotation-node";
        const role = "rotation";
        const labels = labelsOf(app, role);

        // Every run reads it again, so no pod has to be told of a change but those that wait on the nodes.
        const environment = rotationEnvironment(args);
        const configuration = new k8s.core.v1.ConfigMap(
            app,
            { metadata: { name: app, namespace, labels }, data: environment },
            { parent: this },
        );
        const program = new WorkloadBundle(
            app,
            { namespace, workload: app, role, bundle: args.program },
            { parent: this },
        );
        const filebeat = filebeatData(args.filebeatDataPath);
        const nodeMounts = [program.mount, logTreeMount, archiveMount(args.archiveClaimName), ...filebeat.mounts];
        const nodeAccount = serviceAccount({ namespace, app: nodeApp, role }, { parent: this });
        const nodePod = new kx.PodBuilder({
            restartPolicy: "Never",
            serviceAccountName: nodeAccount.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: asRoot,
            // Logs are on every node, whatever else it is kept for, and on one whose disk is nearly full most of all.
            tolerations: [{ operator: "Exists" }],
            volumes: filebeat.volumes,
            containers: [
                {
                    name: app,
                    image: args.image,
                    command: program.command,
                    envFrom: [{ configMapRef: { name: configuration.metadata.name } }],
                    env: nodeEnvironment(args),
                    // Logs belong to any application's user; archives get the log tree's group.
                    securityContext: leastPrivilege(["CHOWN", "DAC_OVERRIDE", "FOWNER"]),
                    resources: containerResources({ cpu: "100m", memory: "128Mi" }, { cpu: "1", memory: "256Mi" }),
                    volumeMounts: nodeMounts,
                },
            ],
        });
        // The one definition of what runs on a node; a run adds the Job's name and its node.
        const nodeJobText = pulumi.jsonStringify({
            metadata: { labels: labelsOf(nodeApp, role) },
            spec: {
                backoffLimit: 0,
                activeDeadlineSeconds: nodeDeadlineSeconds,
                ttlSecondsAfterFinished: nodeJobKeptSeconds,
                template: { metadata: { labels: jobPodLabelsOf(nodeApp, role) }, spec: nodePod.podSpec },
            },
        });
        const nodeJob = new k8s.core.v1.ConfigMap(
            nodeApp,
            {
                metadata: { name: nodeApp, namespace, labels: labelsOf(nodeApp, role) },
                data: {
                    [jobFile]: nodeJobText,
                },
            },
            { parent: this },
        );

        const account = serviceAccount({ namespace, app, role }, { parent: this });
        // Before the account may create anything.
        const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
            app,
            {
                metadata: { name: clusterWideName, labels },
                spec: nodeJobText.apply((text) => rotationAdmission(JSON.parse(text) as NodeJobTemplate, app)),
            },
            { parent: this },
        );
        const policyInForce = new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
            app,
            {
                metadata: { name: clusterWideName, labels },
                spec: { policyName: policy.metadata.name, validationActions: ["Deny"] },
            },
            { parent: this },
        );
        const subjects = [{ kind: "ServiceAccount", name: account.metadata.name, namespace }];
        const inNamespace = new k8s.rbac.v1.Role(
            app,
            { metadata: { name: app, namespace, labels }, rules: rulesInNamespace },
            { parent: this },
        );
        const mayStartJobs = new k8s.rbac.v1.RoleBinding(
            app,
            {
                metadata: { name: app, namespace, labels },
                subjects,
                roleRef: { apiGroup: roleGroup, kind: "Role", name: inNamespace.metadata.name },
            },
            { parent: this, dependsOn: policyInForce },
        );
        const inCluster = new k8s.rbac.v1.ClusterRole(
            app,
            { metadata: { name: clusterWideName, labels }, rules: rulesInCluster },
            { parent: this },
        );
        const mayListNodes = new k8s.rbac.v1.ClusterRoleBinding(
            app,
            {
                metadata: { name: clusterWideName, labels },
                subjects,
                roleRef: { apiGroup: roleGroup, kind: "ClusterRole", name: inCluster.metadata.name },
            },
            { parent: this },
        );

        const pod = new kx.PodBuilder({
            restartPolicy: "Never",
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            nodeSelector: onLinux,
            securityContext: asUser(runUserId, logGroupId),
            containers: [
                {
                    name: app,
                    image: args.image,
                    command: [...program.command, "--every-node"],
                    env: runEnvironment,
                    securityContext: leastPrivilege(),
                    resources: containerResources({ cpu: "50m", memory: "64Mi" }, { cpu: "500m", memory: "128Mi" }),
                    volumeMounts: [
                        program.mount,
                        {
                            volume: { name: "job", configMap: { name: nodeJob.metadata.name } },
                            destPath: jobFolder,
                        },
                    ],
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
            // A run needs its rights from the start.
            {
                parent: this,
                dependsOn: [mayStartJobs, mayListNodes, ...(args.after === undefined ? [] : [args.after])],
            },
        );
        new LeavingNodeRotation(
            "log-rotation-leaving",
            {
                namespace,
                image: args.image,
                program,
                configurationName: configuration.metadata.name,
                configuration: environment,
                env: nodeEnvironment(args),
                volumes: filebeat.volumes,
                volumeMounts: nodeMounts,
                priorityClassName: args.priorityClassName,
                after: args.after,
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

/** Environment of the rotation program, the same on every node. */
export function rotationEnvironment(
    rules: RotationRules & Pick<LogRotationArgs, "filebeatDataPath">,
): Record<string, string> {
    return {
        LOG_ROOT: logRoot,
        ARCHIVE_DIR: archiveFolder,
        JOURNAL_DIR: `${logRoot}/.rotation`,
        ...(rules.filebeatDataPath === undefined
            ? {}
            : { FILEBEAT_REGISTRY: `${filebeatDataFolder}/registry/filebeat` }),
        MAX_AGE_DAYS: String(rules.maxAgeDays),
        MAX_SIZE_MB: String(rules.maxSizeMb),
        ARCHIVE_WITHIN_HOURS: String(rules.archiveWithinHours),
        MAX_ARCHIVE_MB: String(rules.maxArchiveMb),
        COMPRESSION_ENABLED: String(rules.compress),
        ...applicationEnvironment(rules.applicationDirectories),
    };
}

type Variables = types.EnvMap;

/** What differs from node to node. */
function nodeEnvironment({ archivePerNode = false }: LogRotationArgs): Variables {
    const folder: Variables = archivePerNode ? { ARCHIVE_DIR: `${archiveFolder}/$(NODE_NAME)` } : {};
    // A variable can name those before it: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    return { NODE_NAME: { fieldRef: { fieldPath: "spec.nodeName" } }, ...folder };
}

/** What the run's pod is told: the Job that it belongs to, and whose certificates to trust. */
const runEnvironment: Variables = {
    JOB_TEMPLATE: `${jobFolder}/${jobFile}`,
    NODE_OPTIONS: fanOutNodeOptions,
    // Labels that every Job gives its pods: https://kubernetes.io/docs/reference/labels-annotations-taints/#batch-kubernetes-io-job-name
    JOB_NAME: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
    JOB_UID: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } },
    ...trustInApiServer,
};

/**
 * Filebeat's data, to be read only; kubernetesx's short form knows no such mounts. The folder is made where it is
 * missing: a node may be rotated before Filebeat comes to it.
 */
function filebeatData(path: string | undefined): {
    readonly volumes: k8s.types.input.core.v1.Volume[];
    readonly mounts: k8s.types.input.core.v1.VolumeMount[];
} {
    const name = "filebeat-data";
    return path === undefined
        ? { volumes: [], mounts: [] }
        : {
              volumes: [{ name, hostPath: { path, type: "DirectoryOrCreate" } }],
              mounts: [{ name, mountPath: filebeatDataFolder, readOnly: true }],
          };
}
