// What search needs to know before lines arrive: the Job that makes policies, templates, data views and saved searches.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { LogCategory } from "../formats/log-categories.ts";
import type { Bundle } from "../workloads/bundle.ts";
import type { Plan } from "../workloads/elastic-setup/plan.ts";
import { checksum } from "./checksum.ts";
import { containerResources } from "./container-resources.ts";
import { asUser, leastPrivilege } from "./container-security.ts";
import { type KibanaCertificate, kibanaClientTls } from "./kibana-tls.ts";
import { jobPodLabelsOf, labelsOf } from "./labels.ts";
import { onLinux } from "./linux-nodes.ts";
import { jobMinutes, waitingAtMost } from "./roll-out-time.ts";
import { loginFileParts, type SearchLogin } from "./search-login.ts";
import { serviceAccount } from "./service-account.ts";
import { WorkloadBundle } from "./workload-bundle.ts";

/** How log lines are kept in Elasticsearch. */
export interface SearchRules {
    /** Name of the stack, which ends the names of the data streams. */
    readonly stack: string;
    readonly categories: readonly LogCategory[];
    /** Days for which the lines of a category can be searched that says nothing of it. */
    readonly retentionDays: number;
    /** Keep each line as it was written, where it is found by any part of it; true by default. */
    readonly keepRawLine?: boolean;
    /** Nodes of Elasticsearch: with more than one, every shard has a copy on another node. */
    readonly nodes: number;
}

/** What an {@link ElasticSetup} needs. */
export interface ElasticSetupArgs extends SearchRules {
    readonly namespace: pulumi.Input<string>;
    /** Image with Node.js. */
    readonly image: string;
    /** The workload `elastic-setup`. */
    readonly program: pulumi.Input<Bundle>;
    readonly elasticsearchUrl: pulumi.Input<string>;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: SearchLogin;
    readonly kibanaUrl: pulumi.Input<string>;
    /** Undefined where Kibana speaks plain HTTP. */
    readonly kibanaCertificate?: KibanaCertificate;
}

const app = "elastic-setup";
const role = "search";
const configFolder = "/etc/elastic-setup";
const configFile = "setup.json";
const userId = 10002;
/** Seconds that it waits for Elasticsearch, and then for Kibana, whose first start takes minutes. */
const waitSeconds = 600;
/** Times that it is tried again: what fails after waiting that long is not fixed by much more. */
const retries = 1;
/** Seconds after which it is given up, pulling of the image and all tries included. */
const deadlineSeconds = 2700;

/** Provisions the Job `elastic-setup` and its configuration. A change of either makes it run again. */
export class ElasticSetup extends pulumi.ComponentResource {
    /** When it is there, Elasticsearch knows what to do with lines (docs/decisions/0020-order-behind-a-job.md). */
    readonly job: k8s.batch.v1.Job;

    constructor(name: string, args: ElasticSetupArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:ElasticSetup", name, {}, options);
        const { namespace } = args;
        const access = loginFileParts(args.login, "ELASTICSEARCH_", "ELASTICSEARCH_CA_FILE");
        const kibanaTls = kibanaClientTls(args.kibanaCertificate);
        const metadata = { name: app, namespace, labels: labelsOf(app, role) };

        const plan = searchPlan(args);
        const configuration = new k8s.core.v1.ConfigMap(
            app,
            { metadata, data: { [configFile]: plan } },
            { parent: this },
        );
        const program = new WorkloadBundle(
            app,
            { namespace, workload: app, role, bundle: args.program },
            { parent: this },
        );
        const account = serviceAccount({ namespace, app, role }, { parent: this });
        this.job = new k8s.batch.v1.Job(
            app,
            {
                // One that failed is replaced by the next `up`.
                metadata: {
                    ...metadata,
                    annotations: { "pulumi.com/replaceUnready": "true" },
                },
                spec: {
                    backoffLimit: retries,
                    activeDeadlineSeconds: deadlineSeconds,
                    template: {
                        metadata: {
                            labels: jobPodLabelsOf(app, role),
                            annotations: { "checksum/config": checksum(plan), ...access.annotations },
                        },
                        spec: {
                            restartPolicy: "Never",
                            serviceAccountName: account.metadata.name,
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
                                        { name: "ELASTICSEARCH_URL", value: args.elasticsearchUrl },
                                        ...access.env,
                                        { name: "KIBANA_URL", value: args.kibanaUrl },
                                        ...kibanaTls.env,
                                        { name: "SETUP_FILE", value: `${configFolder}/${configFile}` },
                                        { name: "WAIT_SECONDS", value: String(waitSeconds) },
                                    ],
                                    securityContext: leastPrivilege(),
                                    resources: containerResources(
                                        { cpu: "50m", memory: "96Mi" },
                                        { cpu: "500m", memory: "256Mi" },
                                    ),
                                    volumeMounts: [
                                        program.volumeMount,
                                        { name: "config", mountPath: configFolder },
                                        ...access.volumeMounts,
                                        ...kibanaTls.volumeMounts,
                                    ],
                                },
                            ],
                            volumes: [
                                program.volume,
                                { name: "config", configMap: { name: configuration.metadata.name } },
                                ...access.volumes,
                                ...kibanaTls.volumes,
                            ],
                        },
                    },
                },
            },
            // A Job cannot be changed, and its name is fixed: the old one has to go before the new one can be made.
            { parent: this, deleteBeforeReplace: true, customTimeouts: waitingAtMost(jobMinutes(deadlineSeconds)) },
        );
        this.registerOutputs({});
    }
}

/** The file that the workload reads. */
export function searchPlan({ stack, categories, retentionDays, keepRawLine = true, nodes }: SearchRules): string {
    const plan: Plan = {
        stack,
        categories: categories.map((category) => ({
            name: category.name,
            retentionDays: category.retentionDays ?? retentionDays,
            format: category.format,
            timeZone: category.timeZone,
            timeFormat: category.timeFormat,
        })),
        // A day of one category is far from filling a shard; more of them would only cost memory.
        shards: 1,
        replicas: nodes > 1 ? 1 : 0,
        // Short enough for ten seconds from write to search, long enough to write few segments.
        refreshInterval: "2s",
        fieldLimit: 1000,
        keepsRawLine: keepRawLine,
    };
    return `${JSON.stringify(plan, undefined, 2)}\n`;
}
