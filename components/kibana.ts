// The user interface of search: Kibana, its Service, and an Ingress where the stack names a host.

import { createHash, randomBytes } from "node:crypto";
import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkExceptions } from "./check-exceptions.ts";
import { checksum } from "./checksum.ts";
import { ports } from "./connections.ts";
import { containerResources } from "./container-resources.ts";
import { asUser, leastPrivilege } from "./container-security.ts";
import { type KibanaCertificate, kibanaClientTls, kibanaServerTls } from "./kibana-tls.ts";
import { defaultContainer, labelsOf, selectorOf } from "./labels.ts";
import {
    type ElasticExporter,
    elasticExporterContainer,
    elasticExporterVolume,
    metricsPort,
} from "./monitoring/elastic-exporter.ts";
import { loginParts, type SearchLogin } from "./search-login.ts";
import { secretData } from "./secret-data.ts";
import { serviceAccount } from "./service-account.ts";

/** Where an Ingress serves Kibana. */
export interface KibanaIngress {
    /** DNS name. */
    readonly host: string;
    /** IngressClass; undefined: the cluster's default. */
    readonly className?: string;
    /** Secret with the certificate; undefined: no TLS. */
    readonly tlsSecretName?: string;
}

/** What a {@link Kibana} needs. */
export interface KibanaArgs {
    readonly namespace: pulumi.Input<string>;
    /** Image of Kibana, of the same version as Elasticsearch. */
    readonly image: string;
    readonly elasticsearchUrl: pulumi.Input<string>;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: SearchLogin;
    /** Undefined: it speaks plain HTTP. */
    readonly certificate?: KibanaCertificate;
    /** At least 32 characters, secret; undefined: a random one that the stack's state keeps. */
    readonly encryptionKey?: pulumi.Input<string>;
    /** Undefined: reached by `kubectl port-forward` only. */
    readonly ingress?: KibanaIngress;
    /** Shows Prometheus how Kibana is; undefined: nobody does. */
    readonly exporter?: ElasticExporter;
}

const app = "kibana";
const role = "search";
const port = ports.kibana;
/** User and group of the official image. */
const userId = 1000;
const groupId = 1000;
const home = "/usr/share/kibana";
/** What Kibana encrypts, each with a key of its own: sessions, connectors and rules, reports. */
const encrypted = ["security", "encryptedSavedObjects", "reporting"] as const;

/** Provisions Kibana's keys, Deployment, Service and Ingress. */
export class Kibana extends pulumi.ComponentResource {
    /** Where clients in the cluster reach it. */
    readonly url: pulumi.Output<string>;
    /** How it is spoken to in the cluster, and through a forwarded port. */
    readonly protocol: "http" | "https";
    /** Where people reach it; undefined without an Ingress. */
    readonly publicUrl?: string;

    constructor(name: string, args: KibanaArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:Kibana", name, {}, options);
        const { namespace, ingress } = args;
        const access = loginParts(args.login, "ELASTICSEARCH_", "ELASTICSEARCH_SSL_CERTIFICATEAUTHORITIES");
        const [serverTls, clientTls] = [kibanaServerTls(args.certificate), kibanaClientTls(args.certificate)];
        this.protocol = args.certificate === undefined ? "http" : "https";
        const probe = statusProbe(this.protocol);
        const labels = labelsOf(app, role);
        const metadata = { name: app, namespace, labels };
        const parent = { parent: this };

        const givenKey = args.encryptionKey;
        const keys = new k8s.core.v1.Secret(
            `${app}-encryption-keys`,
            {
                metadata: { name: `${app}-encryption-keys`, namespace, labels },
                data: pulumi.secret(pulumi.output(givenKey ?? randomBytes(32).toString("hex")).apply(keyData)),
            },
            // A random key is drawn in every run, but only the first one counts: the state keeps it, encrypted.
            { ...parent, ignoreChanges: givenKey === undefined ? ["data"] : [] },
        );

        const account = serviceAccount({ namespace, app, role }, parent);
        new k8s.apps.v1.Deployment(
            app,
            {
                metadata: {
                    ...metadata,
                    annotations: checkExceptions(
                        "user of the image",
                        "one replica",
                        "one at a time",
                        "secrets in variables",
                    ),
                },
                spec: {
                    replicas: 1,
                    // Two versions at once would both migrate the saved objects.
                    strategy: { type: "Recreate" },
                    selector: { matchLabels: selectorOf(app) },
                    template: {
                        metadata: {
                            labels,
                            // Kibana reads its keys when it starts. A random key stays as it was drawn; of a given one the
                            // hash tells nobody the key.
                            annotations: {
                                ...defaultContainer(app),
                                ...access.annotations,
                                ...(givenKey !== undefined && {
                                    "checksum/encryption-keys": pulumi.unsecret(
                                        keys.data.apply((data) => checksum(JSON.stringify(data))),
                                    ),
                                }),
                            },
                        },
                        spec: {
                            serviceAccountName: account.metadata.name,
                            automountServiceAccountToken: false,
                            enableServiceLinks: false,
                            terminationGracePeriodSeconds: 60,
                            securityContext: asUser(userId, groupId),
                            containers: [
                                {
                                    name: app,
                                    image: args.image,
                                    env: [
                                        { name: "ELASTICSEARCH_HOSTS", value: args.elasticsearchUrl },
                                        ...access.env,
                                        ...serverTls.env,
                                        { name: "SERVER_NAME", value: app },
                                        { name: "SERVER_HOST", value: "0.0.0.0" },
                                        ...(ingress
                                            ? [{ name: "SERVER_PUBLICBASEURL", value: publicUrl(ingress) }]
                                            : []),
                                        // It would report to its maker over a network that the policies close.
                                        { name: "TELEMETRY_OPTIN", value: "false" },
                                    ],
                                    envFrom: [{ secretRef: { name: keys.metadata.name } }],
                                    ports: [{ name: this.protocol, containerPort: port }],
                                    // The first start makes its indices, which takes minutes on a small machine.
                                    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 120 },
                                    readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
                                    // Without Elasticsearch it is unavailable, and a restart would not help it.
                                    livenessProbe: {
                                        tcpSocket: { port: this.protocol },
                                        periodSeconds: 20,
                                        timeoutSeconds: 10,
                                        failureThreshold: 6,
                                    },
                                    securityContext: leastPrivilege(),
                                    resources: containerResources(
                                        { cpu: "200m", memory: "1Gi" },
                                        { cpu: "1", memory: "1536Mi" },
                                        { request: "128Mi", limit: "1Gi" },
                                    ),
                                    volumeMounts: [
                                        { name: "data", mountPath: `${home}/data` },
                                        { name: "logs", mountPath: `${home}/logs` },
                                        { name: "tmp", mountPath: "/tmp" },
                                        ...access.volumeMounts,
                                        ...serverTls.volumeMounts,
                                    ],
                                },
                                ...(args.exporter === undefined
                                    ? []
                                    : [
                                          elasticExporterContainer(
                                              args.exporter,
                                              [
                                                  { name: "KIBANA_URL", value: `${this.protocol}://localhost:${port}` },
                                                  ...clientTls.env,
                                              ],
                                              clientTls.volumeMounts,
                                          ),
                                      ]),
                            ],
                            volumes: [
                                // Everything that lasts is in Elasticsearch.
                                { name: "data", emptyDir: {} },
                                { name: "logs", emptyDir: {} },
                                { name: "tmp", emptyDir: {} },
                                ...access.volumes,
                                ...serverTls.volumes,
                                ...(args.exporter === undefined ? [] : clientTls.volumes),
                                ...(args.exporter === undefined ? [] : [elasticExporterVolume(args.exporter)]),
                            ],
                        },
                    },
                },
            },
            parent,
        );
        const service = new k8s.core.v1.Service(
            app,
            {
                metadata,
                spec: {
                    type: "ClusterIP",
                    selector: selectorOf(app),
                    ports: [
                        {
                            name: this.protocol,
                            port,
                            targetPort: this.protocol,
                            // Some Ingress controllers go by it: https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
                            appProtocol: this.protocol,
                        },
                        ...(args.exporter === undefined ? [] : [metricsPort]),
                    ],
                },
            },
            parent,
        );
        if (ingress) {
            new k8s.networking.v1.Ingress(
                app,
                {
                    metadata: { ...metadata, annotations: args.certificate && toTlsBackend },
                    spec: ingressSpec(ingress, service.metadata.name, this.protocol),
                },
                parent,
            );
        }

        this.url = pulumi.interpolate`${this.protocol}://${service.metadata.name}.${namespace}.svc:${port}`;
        this.publicUrl = ingress && publicUrl(ingress);
        this.registerOutputs({ url: this.url, publicUrl: this.publicUrl });
    }
}

/** It answers 200 when Kibana is available, 503 when it or Elasticsearch is not. */
function statusProbe(protocol: "http" | "https"): k8s.types.input.core.v1.Probe {
    const scheme = protocol.toUpperCase();
    return { httpGet: { path: "/api/status", port: protocol, scheme }, timeoutSeconds: 10 };
}

/**
 * Has an Ingress controller speak TLS to Kibana:
 * https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#backend-protocol and
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#backend-protocol.
 */
const toTlsBackend = {
    "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
    "alb.ingress.kubernetes.io/backend-protocol": "HTTPS",
};

/** The environment variable from which the official image takes a setting. */
function keyVariable(use: (typeof encrypted)[number]): string {
    return `XPACK_${use.toUpperCase()}_ENCRYPTIONKEY`;
}

/** The keys as the data of a Secret. */
function keyData(key: string): Record<string, string> {
    return secretData(Object.fromEntries(encrypted.map((use) => [keyVariable(use), derived(key, use)])));
}

/** A key for one use, so that what opens sessions does not open saved objects. */
function derived(key: string, use: string): string {
    return createHash("sha256").update(`${use}\0${key}`).digest("hex");
}

function publicUrl({ host, tlsSecretName }: KibanaIngress): string {
    return `${tlsSecretName === undefined ? "http" : "https"}://${host}`;
}

function ingressSpec(
    { host, className, tlsSecretName }: KibanaIngress,
    serviceName: pulumi.Input<string>,
    portName: string,
): k8s.types.input.networking.v1.IngressSpec {
    const backend = { service: { name: serviceName, port: { name: portName } } };
    return {
        ingressClassName: className,
        tls: tlsSecretName === undefined ? undefined : [{ hosts: [host], secretName: tlsSecretName }],
        rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    };
}
