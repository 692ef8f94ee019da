// Search: Elasticsearch as one node or as a cluster, with its volumes and its Services.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checksum } from "./checksum.ts";
import { ports } from "./connections.ts";
import { containerResources } from "./container-resources.ts";
import { asUser, leastPrivilege } from "./container-security.ts";
import { certificateFolder, elasticsearchFiles, headlessServiceName, readinessPort } from "./elasticsearch-files.ts";
import { defaultContainer, labelsOf, selectorOf } from "./labels.ts";
import { onLinux } from "./linux-nodes.ts";
import { maxMapCountContainer, maxMapCountVolume } from "./max-map-count.ts";
import { elasticsearchMinutes, onePodMinutes, waitingAtMost } from "./roll-out-time.ts";
import type { SearchSecurity } from "./search-security.ts";
import { serviceAccount } from "./service-account.ts";

/** What an {@link Elasticsearch} needs. */
export interface ElasticsearchArgs {
    readonly namespace: pulumi.Input<string>;
    /** Image of Elasticsearch. */
    readonly image: string;
    /** Name of the cluster, which its nodes and its clients see. */
    readonly clusterName: string;
    /** One node, which is replaced as a whole, or a cluster that stays available while its nodes are. */
    readonly mode: "single" | "cluster";
    /** Number of nodes: 1 in mode single, 3 or more in mode cluster. */
    readonly replicas: number;
    /** Size of each node's data volume, a Kubernetes quantity; it can grow, never shrink. */
    readonly storage: string;
    /** StorageClass of the data volumes; undefined: the cluster's default. */
    readonly storageClass?: string;
    /** Memory of each node, a Kubernetes quantity; half of it becomes heap. */
    readonly memory: string;
    /** CPU of each node, a Kubernetes quantity. */
    readonly cpu: string;
    /** Raise `vm.max_map_count` of the Kubernetes nodes, for which one container is root and sees that file of the node. */
    readonly setMaxMapCount: boolean;
    /** Users and certificates; undefined: whoever reaches it may do anything, without TLS. */
    readonly security?: SearchSecurity;
}

const app = "elasticsearch";
const role = "search";
const home = "/usr/share/elasticsearch";
/** User and group of the official image. */
const userId = 1000;
const groupId = 1000;
const httpPort = ports.elasticsearch;
const transportPort = ports.elasticsearchTransport;
/** Masters are elected by majority; the first three nodes found the cluster, however many it gets. */
const founderCount = 3;
/** Seconds for which a node that is going is still served from, until every client knows that it goes. */
const drainSeconds = 10;
/** Seconds that a node has to hand over its work and close its shards. */
const terminationSeconds = 300;

/** Provisions Elasticsearch's configuration, volumes, pods and Services. */
export class Elasticsearch extends pulumi.ComponentResource {
    /** Where clients in the cluster reach it. */
    readonly url: pulumi.Output<string>;

    constructor(name: string, args: ElasticsearchArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:Elasticsearch", name, {}, options);
        const { namespace } = args;
        const labels = labelsOf(app, role);
        const metadata = { name: app, namespace, labels };
        const parent = { parent: this };

        const files = elasticsearchFiles({
            clusterName: args.clusterName,
            discovery:
                args.mode === "single"
                    ? "single-node"
                    : { founders: podNames(founderCount), seedHost: headlessServiceName },
            memory: args.memory,
            roles: args.security?.roles,
        });
        const configuration = new k8s.core.v1.ConfigMap(app, { metadata, data: files }, parent);

        const service = new k8s.core.v1.Service(
            app,
            {
                metadata,
                spec: {
                    type: "ClusterIP",
                    selector: selectorOf(app),
                    ports: [{ name: "http", port: httpPort, targetPort: "http" }],
                },
            },
            parent,
        );
        // Nodes find each other by it, also before they are ready: none is until they have.
        const headless = new k8s.core.v1.Service(
            headlessServiceName,
            {
                metadata: { name: headlessServiceName, namespace, labels },
                spec: {
                    clusterIP: "None",
                    publishNotReadyAddresses: true,
                    selector: selectorOf(app),
                    ports: [
                        { name: "http", port: httpPort, targetPort: "http" },
                        { name: "transport", port: transportPort, targetPort: "transport" },
                    ],
                },
            },
            parent,
        );

        const account = serviceAccount({ namespace, app, role }, parent);
        const template = {
            metadata: {
                labels,
                annotations: {
                    ...defaultContainer(app),
                    "checksum/config": checksum(JSON.stringify(files)),
                    ...(args.security && { "checksum/users": args.security.usersChecksum }),
                },
            },
            spec: podSpec(args, configuration.metadata.name, account.metadata.name),
        };
        const [firstPod, ...otherPods] = podNames(args.replicas);
        const firstClaim = this.#claim(firstPod, args);
        const otherClaims = otherPods.map((pod) => this.#claim(pod, args));
        if (args.mode === "single") {
            this.#provisionSingleNode(metadata, template, firstClaim);
        } else {
            this.#provisionCluster(metadata, template, [firstClaim, ...otherClaims], headless.metadata.name, args);
        }

        const scheme = args.security === undefined ? "http" : "https";
        this.url = pulumi.interpolate`${scheme}://${service.metadata.name}.${namespace}.svc:${httpPort}`;
        this.registerOutputs({ url: this.url });
    }

    /** The volume of one node, which has the same name in both modes. */
    #claim(pod: string, args: ElasticsearchArgs): k8s.core.v1.PersistentVolumeClaim {
        const name = `${dataVolume}-${pod}`;
        return new k8s.core.v1.PersistentVolumeClaim(
            name,
            {
                metadata: {
                    name,
                    namespace: args.namespace,
                    labels: labelsOf(app, role),
                    // Many classes make a volume only when a pod wants it, and the pods come later.
                    annotations: { "pulumi.com/skipAwait": "true" },
                },
                spec: {
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: args.storageClass,
                    resources: { requests: { storage: args.storage } },
                },
            },
            // Fewer nodes leave the data where it is.
            { parent: this, retainOnDelete: true },
        );
    }

    /** One node, whose pod has to be gone before the next one can have its volume. */
    #provisionSingleNode(
        metadata: k8s.types.input.meta.v1.ObjectMeta,
        template: PodTemplate,
        claim: k8s.core.v1.PersistentVolumeClaim,
    ): void {
        const volumes = [
            ...template.spec.volumes,
            { name: dataVolume, persistentVolumeClaim: { claimName: claim.metadata.name } },
        ];
        new k8s.apps.v1.Deployment(
            app,
            {
                metadata,
                spec: {
                    replicas: 1,
                    strategy: { type: "Recreate" },
                    selector: { matchLabels: selectorOf(app) },
                    template: { ...template, spec: { ...template.spec, volumes } },
                },
            },
            { parent: this, customTimeouts: waitingAtMost(onePodMinutes) },
        );
    }

    /** Nodes with names and volumes of their own, of which one at a time may be away. */
    #provisionCluster(
        metadata: k8s.types.input.meta.v1.ObjectMeta,
        template: PodTemplate,
        claims: readonly k8s.core.v1.PersistentVolumeClaim[],
        serviceName: pulumi.Input<string>,
        { replicas, storage, storageClass }: ElasticsearchArgs,
    ): void {
        new k8s.policy.v1.PodDisruptionBudget(
            app,
            {
                metadata: { name: app, namespace: metadata.namespace, labels: metadata.labels },
                // A node that is not ready may be about to bring its shards back.
                spec: {
                    maxUnavailable: 1,
                    unhealthyPodEvictionPolicy: "IfHealthyBudget",
                    selector: { matchLabels: selectorOf(app) },
                },
            },
            { parent: this },
        );
        new k8s.apps.v1.StatefulSet(
            app,
            {
                metadata,
                spec: {
                    replicas,
                    serviceName,
                    selector: { matchLabels: selectorOf(app) },
                    // A new cluster is ready only when most of its nodes run; a change still goes from node to node.
                    podManagementPolicy: "Parallel",
                    updateStrategy: { type: "RollingUpdate" },
                    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
                    template: { ...template, spec: { ...template.spec, ...spreadOverNodes } },
                    volumeClaimTemplates: [
                        {
                            metadata: { name: dataVolume, labels: metadata.labels },
                            spec: {
                                accessModes: ["ReadWriteOnce"],
                                storageClassName: storageClass,
                                resources: { requests: { storage } },
                            },
                        },
                    ],
                },
            },
            {
                parent: this,
                // A StatefulSet's claim template can't be changed. The claims themselves can, and are found by name:
                // docs/decisions/0008-claims-of-a-cluster.md
                dependsOn: [...claims],
                ignoreChanges: ["spec.volumeClaimTemplates"],
                customTimeouts: waitingAtMost(elasticsearchMinutes(replicas, storage)),
            },
        );
    }
}

type PodSpec = k8s.types.input.core.v1.PodSpec & {
    readonly volumes: readonly k8s.types.input.core.v1.Volume[];
};

interface PodTemplate {
    readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
    readonly spec: PodSpec;
}

const dataVolume = "data";

/** Names of the pods of a StatefulSet with so many replicas; the single node has the name of the first. */
function podNames(count: number): readonly [string, ...string[]] {
    return [`${app}-0`, ...[...Array(count).keys()].slice(1).map((index) => `${app}-${index}`)];
}

function podSpec(
    args: ElasticsearchArgs,
    configurationName: pulumi.Input<string>,
    serviceAccountName: pulumi.Input<string>,
): PodSpec {
    const resources = { cpu: args.cpu, memory: args.memory };
    const security = leastPrivilege();
    const config = { name: "config", mountPath: `${home}/config` };
    const { security: access } = args;
    return {
        serviceAccountName,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        nodeSelector: onLinux,
        terminationGracePeriodSeconds: terminationSeconds,
        securityContext: asUser(userId, groupId),
        initContainers: [
            ...(args.setMaxMapCount ? [maxMapCountContainer(args.image)] : []),
            {
                // The folder has to be writable, because Elasticsearch keeps its keystore in it.
                name: "configure",
                image: args.image,
                command: ["bash", "-ec", access ? copySecuredConfiguration : copyConfiguration],
                securityContext: security,
                resources: containerResources({ cpu: "50m", memory: "32Mi" }, { cpu: "500m", memory: "64Mi" }),
                volumeMounts: [
                    { ...config, mountPath: "/config" },
                    { name: "settings", mountPath: "/settings" },
                    ...(access ? [{ name: "users", mountPath: "/users", readOnly: true }] : []),
                ],
            },
        ],
        containers: [
            {
                name: app,
                image: args.image,
                env: [
                    // The single node has the name that it would have in a cluster, so that it can grow into one.
                    args.mode === "single"
                        ? { name: "POD_NAME", value: `${app}-0` }
                        : { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                    { name: "ES_TMPDIR", value: "/tmp" },
                ],
                ports: [
                    { name: "http", containerPort: httpPort },
                    { name: "transport", containerPort: transportPort },
                    ...(access ? [{ name: "readiness", containerPort: readinessPort }] : []),
                ],
                // It listens as soon as it has read its shards' state, which takes longer the more there are.
                startupProbe: { tcpSocket: { port: "http" }, periodSeconds: 5, failureThreshold: 120 },
                ...(access ? securedProbes : openProbes),
                lifecycle: { preStop: { exec: { command: ["sleep", String(drainSeconds)] } } },
                securityContext: security,
                // Memory that could be taken away would be swapped or killed in the middle of a merge.
                resources: containerResources(resources, resources, { request: "256Mi", limit: "2Gi" }),
                volumeMounts: [
                    config,
                    { name: "logs", mountPath: `${home}/logs` },
                    { name: "tmp", mountPath: "/tmp" },
                    { name: dataVolume, mountPath: `${home}/data` },
                    ...(access
                        ? [{ name: "certificates", mountPath: `${home}/config/${certificateFolder}`, readOnly: true }]
                        : []),
                ],
            },
        ],
        volumes: [
            ...(args.setMaxMapCount ? [maxMapCountVolume] : []),
            { name: "settings", configMap: { name: configurationName } },
            { name: "config", emptyDir: {} },
            { name: "logs", emptyDir: {} },
            { name: "tmp", emptyDir: {} },
            ...(access
                ? [
                      { name: "users", secret: { secretName: access.usersSecretName, defaultMode: groupMayRead } },
                      {
                          name: "certificates",
                          secret: { secretName: access.certificateSecretName, defaultMode: groupMayRead },
                      },
                  ]
                : []),
        ],
    };
}

/** Mode of a Secret's files, which belong to the group of the pod. */
const groupMayRead = 0o440;

type Probes = Pick<k8s.types.input.core.v1.Container, "readinessProbe" | "livenessProbe">;

const openProbes: Probes = {
    // It answers 503 as long as it knows no master. A yellow or red cluster is ready: a node that waited for a better
    // colour could keep it from getting better.
    readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
    // It asks the node about itself, so that losing the master restarts nobody.
    livenessProbe: {
        httpGet: { path: "/_nodes/_local/http?filter_path=_nodes", port: "http" },
        periodSeconds: 30,
        timeoutSeconds: 20,
        failureThreshold: 5,
    },
};

/** The same without a password, which probes can't keep to themselves. */
const securedProbes: Probes = {
    readinessProbe: { tcpSocket: { port: "readiness" }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
    livenessProbe: {
        exec: { command: [...answersCommand(httpPort, 15)] },
        periodSeconds: 30,
        timeoutSeconds: 20,
        failureThreshold: 5,
    },
};

/**
 * A command that succeeds when Elasticsearch answers anything, also that it asks for a password: the kernel takes
 * connections for a program that hangs. An expired certificate is nothing that a restart fixes.
 *
 * @param seconds after which no answer comes any more
 */
export function answersCommand(port: number, seconds: number): readonly string[] {
    return [
        "curl",
        "--silent",
        "--insecure",
        "--output",
        "/dev/null",
        "--max-time",
        `${seconds}`,
        `https://localhost:${port}`,
    ];
}

/** The image's own files, and over them ours. */
const copyConfiguration = [
    `cp -r ${home}/config/. /config/`,
    "cp /settings/elasticsearch.yml /config/",
    "mkdir -p /config/jvm.options.d",
    "cp /settings/chattingo.options /config/jvm.options.d/",
].join(" && ");

const copySecuredConfiguration = `${copyConfiguration} && cp /settings/roles.yml /users/users /users/users_roles /config/`;

/** No two nodes of the cluster on one Kubernetes node, and as evenly over the zones as there is room. */
const spreadOverNodes: Pick<PodSpec, "affinity" | "topologySpreadConstraints"> = {
    affinity: {
        podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: selectorOf(app) } },
            ],
        },
    },
    topologySpreadConstraints: [
        {
            maxSkew: 1,
            topologyKey: "topology.kubernetes.io/zone",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: selectorOf(app) },
        },
    ],
};
