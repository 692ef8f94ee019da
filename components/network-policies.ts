// Closes the namespace to and from everybody, and opens what the table of connections names.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type App, apps, type Connection, connections, type Outside } from "./connections.ts";
import { labelsOf, selectorOf, systemLabels } from "./labels.ts";

/** What {@link NetworkPolicies} need. */
export interface NetworkPoliciesArgs {
    readonly namespace: pulumi.Input<string>;
    /** URL of an S3-compatible store as pods see it; undefined: AWS. */
    readonly endpoint?: string;
    /** An Ingress serves Kibana. */
    readonly hasIngress: boolean;
    /** Namespace of the Ingress controller; undefined: it is in none of the cluster. */
    readonly ingressControllerNamespace?: string;
    /**
     * Blocks of addresses from which a load balancer outside of the cluster reaches Kibana. An ALB with targets of type
     * `ip` comes from its own addresses in the VPC's subnets:
     * https://docs.aws.amazon.com/eks/latest/userguide/alb-ingress.html
     */
    readonly ingressCidrs: readonly string[];
    /** Namespace of Prometheus. */
    readonly prometheusNamespace: string;
    /**
     * Blocks of addresses at which DNS answers where it is no pod: EKS Auto Mode runs it on each node
     * (https://github.com/aws/containers-roadmap/issues/2552).
     */
    readonly dnsCidrs: readonly string[];
}

/** A rule of a policy, for one side of connections. */
interface Rule {
    readonly peers: readonly k8s.types.input.networking.v1.NetworkPolicyPeer[];
    readonly ports: readonly { readonly port: number; readonly protocol: "TCP" | "UDP" }[];
}

/** Provisions a policy that denies everything, and one for each part that has connections. */
export class NetworkPolicies extends pulumi.ComponentResource {
    constructor(name: string, args: NetworkPoliciesArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:NetworkPolicies", name, {}, options);
        const { namespace } = args;

        // It selects every pod, so what has no policy of its own can reach nobody.
        new k8s.networking.v1.NetworkPolicy(
            "default-deny",
            {
                metadata: { name: "default-deny", namespace, labels: systemLabels },
                spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
            },
            { parent: this },
        );

        const all = connections({ objectStorePort: portOf(args.endpoint), hasIngress: args.hasIngress });
        for (const app of apps) {
            const incoming = named(all.filter(({ to }) => to === app).map((one) => rule(one, one.from, args)));
            const outgoing = named(all.filter(({ from }) => from === app).map((one) => rule(one, one.to, args)));
            if (incoming.length + outgoing.length > 0) {
                new k8s.networking.v1.NetworkPolicy(
                    app,
                    {
                        metadata: { name: app, namespace, labels: labelsOf(app, "network") },
                        spec: {
                            podSelector: { matchLabels: selectorOf(app) },
                            policyTypes: ["Ingress", "Egress"],
                            ingress: incoming.map(({ peers, ports }) => ({ from: [...peers], ports: [...ports] })),
                            egress: outgoing.map(({ peers, ports }) => ({ to: [...peers], ports: [...ports] })),
                        },
                    },
                    { parent: this },
                );
            }
        }
        this.registerOutputs({});
    }
}

/** Those with a peer: Kubernetes takes a rule without one for a rule that names everybody. */
function named(rules: readonly Rule[]): readonly Rule[] {
    return rules.filter(({ peers }) => peers.length > 0);
}

function rule({ to, port }: Connection, peer: App | Outside, args: NetworkPoliciesArgs): Rule {
    const protocols = to === "dns" ? (["UDP", "TCP"] as const) : (["TCP"] as const);
    return { peers: peersOf(peer, args), ports: protocols.map((protocol) => ({ port, protocol })) };
}

function peersOf(peer: App | Outside, args: NetworkPoliciesArgs): Rule["peers"] {
    switch (peer) {
        case "dns":
            // The second is where the node's own cache listens, on clusters that have one:
            // https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
            return [
                inNamespace("kube-system"),
                { ipBlock: { cidr: "169.254.20.10/32" } },
                ...args.dnsCidrs.map((cidr) => ({ ipBlock: { cidr } })),
            ];
        case "kubernetes-api":
            // Its address is known to nobody before the cluster is there, and a managed one's may change.
            return anywhere;
        case "object-store":
            return anywhere;
        case "pod-identity-agent":
            return podIdentityAgent.map((cidr) => ({ ipBlock: { cidr } }));
        case "ingress-controller":
            return [
                ...(args.ingressControllerNamespace === undefined
                    ? []
                    : [inNamespace(args.ingressControllerNamespace)]),
                ...args.ingressCidrs.map((cidr) => ({ ipBlock: { cidr } })),
            ];
        case "prometheus":
            return [inNamespace(args.prometheusNamespace)];
        default:
            return [{ podSelector: { matchLabels: selectorOf(peer) } }];
    }
}

/**
 * Where a node's own credentials are had, which no pod of this system is to use:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
const metadataServices = { v4: ["169.254.169.254/32"], v6: ["fd00:ec2::254/128"] } as const;

/** Any address but those, in both families: an API server or a store may have either. */
const anywhere: Rule["peers"] = [
    { ipBlock: { cidr: "0.0.0.0/0", except: [...metadataServices.v4] } },
    { ipBlock: { cidr: "::/0", except: [...metadataServices.v6] } },
];

/** Addresses of the agent on each node: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html */
const podIdentityAgent = ["169.254.170.23/32", "fd00:ec2::23/128"];

/** The label is on every namespace: https://kubernetes.io/docs/reference/labels-annotations-taints/ */
function inNamespace(name: string): k8s.types.input.networking.v1.NetworkPolicyPeer {
    return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

/** Port of the store's URL. */
function portOf(endpoint: string | undefined): number {
    const { protocol, port } = new URL(endpoint ?? "https://s3");
    return port === "" ? ({ "http:": 80, "https:": 443 }[protocol] ?? 443) : Number(port);
}
