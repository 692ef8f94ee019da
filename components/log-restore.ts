// The way back inside the cluster: a CronJob that never runs by itself, and of which an operator makes a Job that brings
// archived lines from S3 into Elasticsearch (docs/decisions/0012-restore-as-a-job.md).

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Bundle } from "../workloads/bundle.ts";
import { type AwsCredentials, awsIdentity } from "./aws-identity.ts";
import { containerResources } from "./container-resources.ts";
import { asUser, leastPrivilege } from "./container-security.ts";
import { jobPodLabelsOf, labelsOf } from "./labels.ts";
import { onLinux } from "./linux-nodes.ts";
import { loginFileParts, type SearchLogin } from "./search-login.ts";
import { WorkloadBundle } from "./workload-bundle.ts";

/** What a {@link LogRestore} needs. */
export interface LogRestoreArgs {
    readonly namespace: pulumi.Input<string>;
    /** Image with Node.js. */
    readonly image: string;
    /** The workload `log-restore`. */
    readonly program: pulumi.Input<Bundle>;
    /** Name of the stack, which ends the names of the data streams. */
    readonly stack: string;
    readonly bucketName: pulumi.Input<string>;
    /** AWS region of the bucket. */
    readonly region: string;
    /** URL of an S3-compatible store as pods see it; undefined: AWS. */
    readonly endpoint?: string;
    /** Of a role or a user that may read archives and have them retrieved, and no more. */
    readonly credentials: AwsCredentials;
    readonly elasticsearchUrl: pulumi.Input<string>;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: SearchLogin;
}

/** Name of the ServiceAccount that a role trusts. */
export const restoreServiceAccountName = "log-restore";

const app = "log-restore";
const role = "archive";
const userId = 10004;
/** No February has 31 days: even if somebody resumes the CronJob, it makes no Job by itself. */
const never = "0 0 31 2 *";
/** Required of every CronJob by kube-score; this one has no start to miss. */
const startingDeadlineSeconds = 60;
/** Seconds for a whole restore: the 96 hours for which the slowest retrieval is waited on, and a day to index. */
const deadlineSeconds = 5 * 24 * 60 * 60;
/** Finished Jobs of either outcome that are kept, so that `kubectl logs` shows them. */
const keptJobs = 3;
/** Where an archive is unpacked and verified before a line of it is indexed. */
const scratchFolder = "/tmp";
/** Room for one archive, unpacked. */
const scratchSize = "10Gi";

/** Provisions the CronJob, its program, its ServiceAccount and, without a role, the Secret with its access key. */
export class LogRestore extends pulumi.ComponentResource {
    constructor(name: string, args: LogRestoreArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:LogRestore", name, {}, options);
        const { namespace, credentials } = args;
        const labels = labelsOf(app, role);
        const access = loginFileParts(args.login, "ELASTICSEARCH_", "ELASTICSEARCH_CA_FILE");

        const identity = awsIdentity(
            { namespace, app: restoreServiceAccountName, role, credentials },
            { parent: this },
        );
        const program = new WorkloadBundle(
            app,
            { namespace, workload: app, role, bundle: args.program },
            { parent: this },
        );
        const podSpec: k8s.types.input.core.v1.PodSpec = {
            restartPolicy: "Never",
            serviceAccountName: identity.serviceAccountName,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            nodeSelector: onLinux,
            securityContext: asUser(userId, userId),
            containers: [
                {
                    name: app,
                    image: args.image,
                    command: program.command,
                    env: [
                        { name: "STACK", value: args.stack },
                        { name: "BUCKET_NAME", value: args.bucketName },
                        ...Object.entries(identity.env).map(([name, value]) => ({ name, value })),
                        { name: "AWS_REGION", value: args.region },
                        ...(args.endpoint === undefined ? [] : [{ name: "AWS_ENDPOINT_URL_S3", value: args.endpoint }]),
                        { name: "ELASTICSEARCH_URL", value: args.elasticsearchUrl },
                        ...access.env,
                    ],
                    securityContext: leastPrivilege(),
                    resources: containerResources(
                        { cpu: "100m", memory: "128Mi" },
                        { cpu: "1", memory: "512Mi" },
                        { request: "256Mi", limit: scratchSize },
                    ),
                    volumeMounts: [
                        program.volumeMount,
                        { name: "scratch", mountPath: scratchFolder },
                        ...access.volumeMounts,
                        ...identity.volumeMounts,
                    ],
                },
            ],
            volumes: [
                program.volume,
                { name: "scratch", emptyDir: { sizeLimit: scratchSize } },
                ...access.volumes,
                ...identity.volumes,
            ],
        };
        new k8s.batch.v1.CronJob(
            app,
            {
                metadata: {
                    name: app,
                    namespace,
                    labels,
                },
                spec: {
                    schedule: never,
                    suspend: true,
                    concurrencyPolicy: "Forbid",
                    startingDeadlineSeconds,
                    successfulJobsHistoryLimit: keptJobs,
                    failedJobsHistoryLimit: keptJobs,
                    jobTemplate: {
                        metadata: { labels },
                        spec: {
                            // What fails is said once; a pod whose node goes away is made again, and goes on.
                            backoffLimit: 0,
                            podFailurePolicy: {
                                rules: [
                                    {
                                        action: "Ignore",
                                        onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
                                    },
                                ],
                            },
                            activeDeadlineSeconds: deadlineSeconds,
                            template: {
                                metadata: { labels: jobPodLabelsOf(app, role), annotations: access.annotations },
                                spec: podSpec,
                            },
                        },
                    },
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
