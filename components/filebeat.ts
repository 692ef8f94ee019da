// The shipper: on every node a Filebeat that follows the log files and sends each line to Elasticsearch.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { LogCategory } from "../formats/log-categories.ts";
import { logRoot } from "../formats/log-tree.ts";
import { checksum } from "./checksum.ts";
import { containerResources, type Resources } from "./container-resources.ts";
import { asRoot, leastPrivilege } from "./container-security.ts";
import { oneIsAvailable, someNodesAtATime } from "./daemon-set-roll-out.ts";
import { filebeatConfig } from "./filebeat-config.ts";
import { defaultContainer, labelsOf, selectorOf } from "./labels.ts";
import { type LogSetup, logSetupContainer } from "./log-setup-container.ts";
import { logTreeVolume } from "./log-tree.ts";
import { mebibytes } from "./memory.ts";
import {
    type ElasticExporter,
    elasticExporterContainer,
    elasticExporterVolume,
    metricsPort,
} from "./monitoring/elastic-exporter.ts";
import { type LogCanaryParts, logCanaryParts } from "./monitoring/log-canary.ts";
import { onLogNodes } from "./on-log-nodes.ts";
import { onePodMinutes, waitingAtMost } from "./roll-out-time.ts";
import { authorityPath, loginParts, type SearchLogin } from "./search-login.ts";
import { serviceAccount } from "./service-account.ts";

/** What a {@link Filebeat} needs. */
export interface FilebeatArgs {
    readonly namespace: pulumi.Input<string>;
    /** Image of Filebeat, no newer than Elasticsearch. */
    readonly image: string;
    /** Name of the stack, which ends the names of the data streams. */
    readonly stack: string;
    /** Whose lines it ships. */
    readonly categories: readonly LogCategory[];
    readonly elasticsearchUrl: pulumi.Input<string>;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: SearchLogin;
    /** What has to be there before a line is sent; nothing by default. */
    readonly after?: pulumi.Resource;
    /** Makes the log tree on a node before Filebeat reads it. */
    readonly setup: LogSetup;
    readonly requests: Resources;
    readonly limits: Resources;
    /** Shows Prometheus what each Filebeat counts, and keeps the node's canary; undefined: nobody does. */
    readonly exporter?: ElasticExporter;
    /** The canary's login; undefined where Elasticsearch asks nobody who they are. */
    readonly canaryLogin?: SearchLogin;
}

/** Folder on each node that keeps what Filebeat has read and what Elasticsearch has acknowledged. */
export const filebeatStateFolder = "/var/lib/chattingo-filebeat";

const app = "filebeat";
const role = "shipper";
const httpPort = 5066;
/** What belongs to no namespace shares its names with that of everybody. */
const priorityClassName = "chattingo-filebeat";
/**
 * Above every ordinary pod, which has 0 unless somebody says otherwise, and far below the cluster's own (2,000,000,000).
 * On a full node Filebeat takes a place from a pod that can go elsewhere, as its own pod can't; the classes that
 * Kubernetes brings, such as `system-node-critical`, are for what a node can't work without, and some providers refuse
 * them outside of kube-system.
 */
const priorityValue = 1_000_000;
const home = "/usr/share/filebeat";
const configFile = `${home}/filebeat.yml`;
/** Seconds to send what was read; what is not acknowledged by then is read again by the next pod. */
const terminationSeconds = 40;

/** Provisions Filebeat's configuration and its pod on every node. */
export class Filebeat extends pulumi.ComponentResource {
    /** Name of the priority of pods that only their own node can do without, such as Filebeat's. */
    readonly priorityClassName: pulumi.Output<string>;

    constructor(name: string, args: FilebeatArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:Filebeat", name, {}, options);
        const { namespace, stack, login } = args;
        const access = loginParts(login, "ELASTICSEARCH_");
        const labels = labelsOf(app, role);
        const metadata = { name: app, namespace, labels };
        const canary = logCanaryParts({ stack, elasticsearchUrl: args.elasticsearchUrl, login: args.canaryLogin });

        const config = pulumi.output(args.elasticsearchUrl).apply((elasticsearchUrl) =>
            filebeatConfig({
                stack,
                logRoot,
                categories: args.categories,
                hasCanary: args.exporter !== undefined,
                elasticsearchUrl,
                authorityPath: login && authorityPath,
                httpPort,
            }),
        );
        const configuration = new k8s.core.v1.ConfigMap(
            app,
            { metadata, data: { "filebeat.yml": config } },
            { parent: this },
        );

        const account = serviceAccount({ namespace, app, role }, { parent: this });
        const priority = new k8s.scheduling.v1.PriorityClass(
            app,
            {
                metadata: { name: priorityClassName, labels },
                value: priorityValue,
                description: "Pods of which each node needs its own, because they work on the node's log files.",
            },
            { parent: this },
        );
        this.priorityClassName = priority.metadata.name;
        new k8s.apps.v1.DaemonSet(
            app,
            {
                metadata: { ...metadata, annotations: oneIsAvailable },
                spec: {
                    selector: { matchLabels: selectorOf(app) },
                    // Two on a node would read every line twice and share one state.
                    updateStrategy: someNodesAtATime,
                    template: {
                        metadata: {
                            labels,
                            annotations: {
                                ...defaultContainer(app),
                                ...access.annotations,
                                "checksum/config": config.apply(checksum),
                            },
                        },
                        spec: {
                            serviceAccountName: account.metadata.name,
                            automountServiceAccountToken: false,
                            enableServiceLinks: false,
                            terminationGracePeriodSeconds: terminationSeconds,
                            priorityClassName: this.priorityClassName,
                            securityContext: asRoot,
                            // Logs are written on every node that an application may run on.
                            tolerations: [{ operator: "Exists" }],
                            affinity: onLogNodes,
                            initContainers: [
                                logSetupContainer(args.setup, [{ name: logTreeVolume.name, mountPath: logRoot }]),
                            ],
                            containers: [
                                {
                                    name: app,
                                    image: args.image,
                                    args: ["-e", "-c", configFile, "--path.data", `${home}/data`],
                                    env: [
                                        // Go collects more often instead of growing beyond it: at its default it needs
                                        // twice the memory of what is alive.
                                        { name: "GOMEMLIMIT", value: memoryOfGo(args.limits.memory) },
                                        {
                                            name: "NODE_NAME",
                                            valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } },
                                        },
                                        ...access.env,
                                    ],
                                    ports: [{ name: "http", containerPort: httpPort }],
                                    startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
                                    // Reading its figures is more than it does for the other probes.
                                    readinessProbe: {
                                        ...probe,
                                        httpGet: { path: "/stats", port: "http" },
                                        periodSeconds: 10,
                                    },
                                    // It says that Filebeat runs, not that Elasticsearch answers: lines wait in their
                                    // files, and a restart would only make it read them again.
                                    livenessProbe: { ...probe, periodSeconds: 20, failureThreshold: 6 },
                                    // Logs belong to any application's user.
                                    securityContext: leastPrivilege(["DAC_READ_SEARCH"]),
                                    resources: containerResources(args.requests, args.limits),
                                    volumeMounts: [
                                        {
                                            name: "config",
                                            mountPath: configFile,
                                            subPath: "filebeat.yml",
                                            readOnly: true,
                                        },
                                        { name: "data", mountPath: `${home}/data` },
                                        { name: logTreeVolume.name, mountPath: logRoot, readOnly: true },
                                        ...access.volumeMounts,
                                    ],
                                },
                                ...(args.exporter === undefined ? [] : [metricsContainer(args.exporter, canary)]),
                            ],
                            volumes: [
                                { name: "config", configMap: { name: configuration.metadata.name } },
                                { name: "data", hostPath: { path: filebeatStateFolder, type: "DirectoryOrCreate" } },
                                args.setup.program.volume,
                                logTreeVolume,
                                ...access.volumes,
                                ...(args.exporter === undefined
                                    ? []
                                    : [elasticExporterVolume(args.exporter), logVolume, ...canary.volumes]),
                            ],
                        },
                    },
                },
            },
            { parent: this, dependsOn: args.after, customTimeouts: waitingAtMost(onePodMinutes) },
        );
        if (args.exporter !== undefined) {
            new k8s.core.v1.Service(
                app,
                {
                    metadata,
                    // Prometheus reads every pod, and nobody reads any one of them.
                    spec: { type: "ClusterIP", clusterIP: "None", selector: selectorOf(app), ports: [metricsPort] },
                },
                { parent: this },
            );
        }
        this.registerOutputs({});
    }
}

/** A directory of the log tree that no log is in: it tells how full the node's disk is, and shows no line. */
const logVolume: k8s.types.input.core.v1.Volume = {
    name: "log-volume",
    hostPath: { path: `${logRoot}/filebeat`, type: "DirectoryOrCreate" },
};
const logVolumeFolder = "/mnt/log-volume";

function metricsContainer(exporter: ElasticExporter, canary: LogCanaryParts): k8s.types.input.core.v1.Container {
    return elasticExporterContainer(
        exporter,
        [
            { name: "FILEBEAT_URL", value: `http://localhost:${httpPort}` },
            { name: "LOG_VOLUME", value: logVolumeFolder },
            ...canary.env,
        ],
        [{ name: logVolume.name, mountPath: logVolumeFolder, readOnly: true }, ...canary.volumeMounts],
    );
}

/** What Go's heap may have of the container's memory. */
function memoryOfGo(limit: string): string {
    return `${Math.floor(mebibytes(limit) * 0.8)}MiB`;
}

const probe: k8s.types.input.core.v1.Probe = { httpGet: { path: "/", port: "http" }, timeoutSeconds: 10 };
