// Who in the system talks to whom: the one table from which the network policies are made. Components take their ports
// from here, and a test finds every address that a pod is given in this table.

/** TCP ports on which the parts listen. */
export const ports = {
    elasticsearch: 9200,
    /** Between the nodes of Elasticsearch. */
    elasticsearchTransport: 9300,
    kibana: 5601,
    uploaderMetrics: 9102,
    /** The exporter beside Filebeat and Kibana. */
    exporterMetrics: 9103,
    /** Probes of the pod that rotates a node which is about to go; kubelet alone asks it. */
    leavingNodeHealth: 9104,
    elasticsearchExporter: 9114,
} as const;

/** A part of the system, by the label `app` of its pods. */
export type App =
    | "elasticsearch"
    | "kibana"
    | "elastic-setup"
    | "elasticsearch-exporter"
    | "filebeat"
    | "log-setup"
    | "log-rotation"
    | "log-rotation-node"
    | "log-rotation-leaving"
    | "s3-uploader"
    | "log-restore";

/** Everything that is not a pod of the system. */
export type Outside =
    /** The cluster's name service. */
    | "dns"
    | "kubernetes-api"
    /** S3, STS, or the store that stands in for them. */
    | "object-store"
    /** Gives a pod the credentials of its EKS Pod Identity. */
    | "pod-identity-agent"
    | "ingress-controller"
    | "prometheus";

/** One TCP connection; `from` opens it. The name service is reached by UDP too. */
export interface Connection {
    readonly from: App | Outside;
    readonly to: App | Outside;
    readonly port: number;
}

/** What a stack adds to the connections that every stack has. */
export interface ConnectionOptions {
    /** Port of the object store. */
    readonly objectStorePort: number;
    /** An Ingress serves Kibana. */
    readonly hasIngress: boolean;
}

/** Every part of the system; each is closed to and from everybody but for its connections. */
export const apps: readonly App[] = [
    "elasticsearch",
    "kibana",
    "elastic-setup",
    "elasticsearch-exporter",
    "filebeat",
    "log-setup",
    "log-rotation",
    "log-rotation-node",
    "log-rotation-leaving",
    "s3-uploader",
    "log-restore",
];

/** Service and endpoint of the API server, of which a policy may see either. */
const kubernetesApiPorts = [443, 6443];
const dnsPort = 53;
const httpsPort = 443;
/** https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html */
const podIdentityPort = 80;

/** Every connection that the system opens or accepts. */
export function connections({ objectStorePort, hasIngress }: ConnectionOptions): readonly Connection[] {
    const callers = [
        "elasticsearch",
        "kibana",
        "elastic-setup",
        "elasticsearch-exporter",
        "filebeat",
        "log-rotation",
        "log-rotation-leaving",
        "s3-uploader",
        "log-restore",
    ] as const;
    return [
        { from: "elasticsearch", to: "elasticsearch", port: ports.elasticsearchTransport },
        ...(["filebeat", "kibana", "elastic-setup", "elasticsearch-exporter", "log-restore"] as const).map(
            (from): Connection => ({ from, to: "elasticsearch", port: ports.elasticsearch }),
        ),
        { from: "elastic-setup", to: "kibana", port: ports.kibana },
        ...(hasIngress ? [{ from: "ingress-controller", to: "kibana", port: ports.kibana } as const] : []),
        ...(["log-rotation", "log-rotation-leaving"] as const).flatMap((from) =>
            kubernetesApiPorts.map((port): Connection => ({ from, to: "kubernetes-api", port })),
        ),
        // The token service of AWS always speaks HTTPS.
        ...[...new Set([httpsPort, objectStorePort])].flatMap((port): readonly Connection[] => [
            { from: "s3-uploader", to: "object-store", port },
            { from: "log-restore", to: "object-store", port },
        ]),
        { from: "s3-uploader", to: "pod-identity-agent", port: podIdentityPort },
        { from: "log-restore", to: "pod-identity-agent", port: podIdentityPort },
        { from: "prometheus", to: "s3-uploader", port: ports.uploaderMetrics },
        { from: "prometheus", to: "filebeat", port: ports.exporterMetrics },
        { from: "prometheus", to: "kibana", port: ports.exporterMetrics },
        { from: "prometheus", to: "elasticsearch-exporter", port: ports.elasticsearchExporter },
        ...callers.map((from): Connection => ({ from, to: "dns", port: dnsPort })),
    ];
}
