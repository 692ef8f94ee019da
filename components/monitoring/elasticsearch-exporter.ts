// The exporter of the Prometheus community for Elasticsearch: https://github.com/prometheus-community/elasticsearch_exporter

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../connections.ts";
import { containerResources } from "../container-resources.ts";
import { asUser, leastPrivilege } from "../container-security.ts";
import { labelsOf, selectorOf } from "../labels.ts";
import { onLinux } from "../linux-nodes.ts";
import { authorityPath, loginParts, type SearchLogin } from "../search-login.ts";
import { serviceAccount } from "../service-account.ts";

/** What an {@link ElasticsearchExporter} needs. */
export interface ElasticsearchExporterArgs {
    readonly namespace: pulumi.Input<string>;
    readonly image: string;
    readonly elasticsearchUrl: pulumi.Input<string>;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: SearchLogin;
}

/** Name of the exporter's Deployment and Service, and its label `app`. */
export const elasticsearchExporterName = "elasticsearch-exporter";

/**
 * What the exporter reads beside the cluster's health: what rules and dashboards name
 * (https://github.com/prometheus-community/elasticsearch_exporter#configuration).
 */
export const collectorFlags: readonly string[] = [
    // Every node, not only the one that answers.
    "--es.all",
    "--es.indices",
    // Which indices are read-only because a disk is full.
    "--es.indices_settings",
    // How many shards the cluster takes.
    "--collector.clustersettings",
];

const role = "monitoring";
/** User of the official image. */
const userId = 65534;
const port = ports.elasticsearchExporter;

/** Provisions the exporter's Deployment and Service. */
export class ElasticsearchExporter extends pulumi.ComponentResource {
    constructor(name: string, args: ElasticsearchExporterArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:ElasticsearchExporter", name, {}, options);
        const app = elasticsearchExporterName;
        const { login } = args;
        const access = loginParts(login, "ES_");
        const labels = labelsOf(app, role);
        const metadata = { name: app, namespace: args.namespace, labels };
        const probe = { httpGet: { path: "/healthz", port: "metrics" }, timeoutSeconds: 5 };

        const account = serviceAccount({ namespace: args.namespace, app, role }, { parent: this });
        new k8s.apps.v1.Deployment(
            app,
            {
                metadata,
                spec: {
                    replicas: 1,
                    selector: { matchLabels: selectorOf(app) },
                    template: {
                        metadata: { labels, annotations: access.annotations },
                        spec: {
                            serviceAccountName: account.metadata.name,
                            automountServiceAccountToken: false,
                            enableServiceLinks: false,
                            nodeSelector: onLinux,
                            securityContext: asUser(userId, userId),
                            containers: [
                                {
                                    name: app,
                                    image: args.image,
                                    args: [
                                        pulumi.interpolate`--es.uri=${args.elasticsearchUrl}`,
                                        ...collectorFlags,
                                        `--web.listen-address=:${port}`,
                                        ...(login ? [`--es.ca=${authorityPath}`] : []),
                                    ],
                                    ...(login && { env: access.env, volumeMounts: access.volumeMounts }),
                                    ports: [{ name: "metrics", containerPort: port }],
                                    // They ask the exporter about itself: Elasticsearch may be away.
                                    readinessProbe: { ...probe, periodSeconds: 5 },
                                    livenessProbe: { tcpSocket: { port: "metrics" }, periodSeconds: 30 },
                                    securityContext: leastPrivilege(),
                                    resources: containerResources(
                                        { cpu: "20m", memory: "32Mi" },
                                        { cpu: "200m", memory: "128Mi" },
                                    ),
                                },
                            ],
                            ...(login && { volumes: access.volumes }),
                        },
                    },
                },
            },
            { parent: this },
        );
        new k8s.core.v1.Service(
            app,
            {
                metadata,
                spec: {
                    type: "ClusterIP",
                    selector: selectorOf(app),
                    ports: [{ name: "metrics", port, targetPort: "metrics" }],
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
