// Addresses that several programs of a cluster must agree on.

/** Addresses of a cluster. */
export interface ClusterNetwork {
    /** The host as pods see it: an address of the interface `lab0`. */
    readonly hostAddress: string;
    readonly podCidr: string;
    readonly serviceCidr: string;
    /** Cluster IP of the DNS Service. */
    readonly dnsAddress: string;
    /** Cluster IP at which pods reach the emulated AWS. */
    readonly awsAddress: string;
    readonly clusterDomain: string;
}

/** The network of both kinds of cluster; in the simulated one nothing is ever sent over it. */
export const clusterNetwork: ClusterNetwork = {
    hostAddress: "172.31.250.1",
    podCidr: "10.244.0.0/16",
    serviceCidr: "10.96.0.0/16",
    dnsAddress: "10.96.0.10",
    awsAddress: "10.96.0.20",
    clusterDomain: "cluster.local",
};

/** First address of the service range: the API server as pods see it. */
export const apiServerClusterAddress = "10.96.0.1";
