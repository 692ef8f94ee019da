// The user interface of search: Kibana, its Service, and an Ingress where the stack names a host.

import { createHash, randomBytes } from "node:crypto";
import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { servesTls } from "../settings/ingress-tls.ts";
import { checksum } from "./checksum.ts";
import { ports } from "./connections.ts";
import { containerResources } from "./container-resources.ts";
import { asUser, leastPrivilege } from "./container-security.ts";
import { type KibanaCertificate, kibanaClientTls, kibanaServerTls } from "./kibana-tls.ts";
import { type EncryptedUse, encryptedUses, keyVariables, kibanaYml, loginPrefix } from "./kibana-yml.ts";
import { defaultContainer, labelsOf, selectorOf } from "./labels.ts";
import { onLinux } from "./linux-nodes.ts";
import {
    type ElasticExporter,
    elasticExporterContainer,
    elasticExporterVolume,
    metricsPort,
} from "./monitoring/elastic-exporter.ts";
import { onePodMinutes, waitingAtMost } from "./roll-out-time.ts";
import { authorityPath, loginFileParts, loginFiles, loginParts, type SearchLogin } from "./search-login.ts";
import { secretData } from "./secret-data.ts";
import { serviceAccount } from "./service-account.ts";

/** Where an Ingress serves Kibana. */
export interface KibanaIngress {
    /** DNS name. */
    readonly host: string;
    /** IngressClass; undefined: the cluster's default. */
    readonly className?: string;
    /** Annotations beside those by which controllers speak TLS to Kibana, and in the place of one of those. */
    readonly annotations?: Readonly<Record<string, string>>;
    /** Secret with the certificate; undefined: no TLS. */
    readonly tlsSecretName?: string;
}

/** What a {@link Kibana} needs. */
export interface KibanaArgs {
    readonly namespace: pulumi.Input<string>;
    /** Image of Kibana, of the same version as Elasticsearch. */
    readonly image: string;
    /** Memory, a Kubernetes quantity; the image makes three quarters of it heap, and 4 GiB at most. */
    readonly memory: string;
    readonly elasticsearchUrl: pulumi.Input<string>;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: SearchLogin;
    /** Undefined: it speaks plain HTTP. */
    readonly certificate?: KibanaCertificate;
    /** At least 32 characters, secret, from which keys are made; undefined: `firstEncryptionKey`. */
    readonly encryptionKey?: pulumi.Input<string>;
    /**
     * The same for a stack that gives none, when its Secret is made: one that exists keeps its keys. Undefined: a random
     * one. A lost Secret is made again with this one's keys, so that what Kibana has encrypted can be read.
     */
    readonly firstEncryptionKey?: pulumi.Input<string>;
    /** Undefined: reached by `kubectl port-forward` only. */
    readonly ingress?: KibanaIngress;
    /** Shows Prometheus how Kibana is; undefined: nobody does. */
    readonly exporter?: ElasticExporter;
    /** The exporter's login to Kibana and Elasticsearch; undefined where Elasticsearch asks nobody who they are. */
    readonly exporterLogin?: SearchLogin;
    /** The data stream of the lines that Elasticsearch refused, which the exporter counts. */
    readonly deadLetterStream: string;
}

const app = "kibana";
const role = "search";
const port = ports.kibana;
/** User and group of the official image. */
const userId = 1000;
const groupId = 1000;
const home = "/usr/share/kibana";
const configFile = "kibana.yml";

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
        const access = loginParts(args.login, loginPrefix);
        const exporterLogin = loginFiles(args.exporterLogin, "KIBANA_");
        const exporterAccess = loginFileParts(args.exporterLogin, "ELASTICSEARCH_", "ELASTICSEARCH_CA_FILE");
        const [serverTls, clientTls] = [kibanaServerTls(args.certificate), kibanaClientTls(args.certificate)];
        this.protocol = args.certificate === undefined ? "http" : "https";
        const probe = statusProbe(this.protocol);
        const labels = labelsOf(app, role);
        const metadata = { name: app, namespace, labels };
        const parent = { parent: this };

        const givenKey = args.encryptionKey;
        const firstKey = givenKey ?? args.firstEncryptionKey ?? randomBytes(32).toString("hex");
        const keys = new k8s.core.v1.Secret(
            `${app}-encryption-keys`,
            {
                metadata: { name: `${app}-encryption-keys`, namespace, labels },
                data: pulumi.secret(pulumi.output(firstKey).apply(keyData)),
            },
            // What the stack did not give itself counts when the Secret is made, and never changes it afterwards: a
            // random key is drawn in every run, and stacks of earlier releases have one where this one derives it.
            { ...parent, ignoreChanges: givenKey === undefined ? ["data"] : [] },
        );

        const settings = pulumi.output(args.elasticsearchUrl).apply((elasticsearchUrl) =>
            kibanaYml({
                elasticsearchUrl,
                authorityPath: args.login && authorityPath,
                server: serverTls.files,
                publicUrl: ingress && publicUrl(ingress),
            }),
        );
        const configuration = new k8s.core.v1.ConfigMap(app, { metadata, data: { [configFile]: settings } }, parent);

        const account = serviceAccount({ namespace, app, role }, parent);
        new k8s.apps.v1.Deployment(
            app,
            {
                metadata,
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
                                "checksum/config": settings.apply(checksum),
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
                            nodeSelector: onLinux,
                            terminationGracePeriodSeconds: 60,
                            securityContext: asUser(userId, groupId),
                            containers: [
                                {
                                    name: app,
                                    image: args.image,
                                    env: [
                                        ...access.env,
                                        ...encryptedUses.map((use) => ({
                                            name: keyVariables[use],
                                            valueFrom: {
                                                secretKeyRef: { name: keys.metadata.name, key: keyOfSecret(use) },
                                            },
                                        })),
                                    ],
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
                                    // A heap of three quarters of the limit is used before it is cleaned: less reserved
                                    // than allowed would be taken from others.
                                    resources: containerResources(
                                        { cpu: "200m", memory: args.memory },
                                        { cpu: "1", memory: args.memory },
                                        { request: "128Mi", limit: "1Gi" },
                                    ),
                                    volumeMounts: [
                                        {
                                            name: "config",
                                            mountPath: `${home}/config/${configFile}`,
                                            subPath: configFile,
                                            readOnly: true,
                                        },
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
                                                  // Made from the same key as Kibana's own, whose checksum stands above.
                                                  ...exporterLogin.env,
                                                  ...clientTls.env,
                                                  { name: "DEAD_LETTER_STREAM", value: args.deadLetterStream },
                                                  { name: "ELASTICSEARCH_URL", value: args.elasticsearchUrl },
                                                  ...exporterAccess.env,
                                              ],
                                              [...clientTls.volumeMounts, ...exporterAccess.volumeMounts],
                                          ),
                                      ]),
                            ],
                            volumes: [
                                { name: "config", configMap: { name: configuration.metadata.name } },
                                // Everything that lasts is in Elasticsearch.
                                { name: "data", emptyDir: {} },
                                { name: "logs", emptyDir: {} },
                                { name: "tmp", emptyDir: {} },
                                ...access.volumes,
                                ...serverTls.volumes,
                                ...(args.exporter === undefined
                                    ? []
                                    : [
                                          ...clientTls.volumes,
                                          ...exporterLogin.volumes,
                                          elasticExporterVolume(args.exporter),
                                      ]),
                            ],
                        },
                    },
                },
            },
            { ...parent, customTimeouts: waitingAtMost(onePodMinutes) },
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
                    metadata: {
                        ...metadata,
                        annotations: { ...(args.certificate && toTlsBackend), ...ingress.annotations },
                    },
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

/** Under which name the Secret has a key. A Secret with a random key is never written again, so these names stay. */
function keyOfSecret(use: EncryptedUse): string {
    return `XPACK_${use.toUpperCase()}_ENCRYPTIONKEY`;
}

/** The keys as the data of a Secret. */
function keyData(key: string): Record<string, string> {
    return secretData(Object.fromEntries(encryptedUses.map((use) => [keyOfSecret(use), derived(key, use)])));
}

/** A key for one use, so that what opens sessions does not open saved objects. */
function derived(key: string, use: EncryptedUse): string {
    return createHash("sha256").update(`${use}\0${key}`).digest("hex");
}

function publicUrl(ingress: KibanaIngress): string {
    return `${servesTls(ingress) ? "https" : "http"}://${ingress.host}`;
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
