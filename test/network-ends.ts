// Who may be at either end of a connection, and what the table of connections says of two of them: for the tests that hold
// the rendered NetworkPolicies against it.

import { apps, type Connection } from "../components/connections.ts";
import { labelsOf } from "../components/labels.ts";

/** A pod, of the system or of another namespace, or an address that is no pod's. */
export interface NetworkEnd {
    readonly name: string;
    /** Of a pod. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** What it is in the table of connections. */
    readonly is: readonly (Connection["from"] | Connection["to"])[];
}

/** One try of a connection between two ends. */
export interface ConnectionTry<End extends NetworkEnd> {
    readonly from: End;
    readonly to: End;
    readonly port: number;
    readonly protocol: "TCP" | "UDP";
}

/** An API server and a store may have any address, but for those where a node's credentials are had. */
export const anywhere = ["kubernetes-api", "object-store"] as const;

/** A pod of each part of the system, and one that only looks like one. */
export function endsInside(namespace: string): readonly NetworkEnd[] {
    return [
        ...apps.map((app): NetworkEnd => ({ name: app, namespace, labels: labelsOf(app, "search"), is: [app] })),
        { name: "a stranger", namespace, labels: { app: "stranger", tier: "logging" }, is: [] },
    ];
}

/** What serves Kibana's Ingress in the stacks that have one: a load balancer with an address of its own. */
export const loadBalancer = { name: "the load balancer", is: ["ingress-controller", ...anywhere] } as const;

/** Pods of other namespaces: the one that the system knows, and one that has the labels of a part. */
export const podsOutside: readonly NetworkEnd[] = [
    { name: "Prometheus", namespace: "monitoring", labels: { app: "prometheus" }, is: ["prometheus", ...anywhere] },
    { name: "a pod of another namespace", namespace: "default", labels: { app: "elasticsearch" }, is: anywhere },
];

/** Whether the table names the connection; the name service alone is reached by UDP too. */
export function isInTable<End extends NetworkEnd>(
    table: readonly Connection[],
    { from, to, port, protocol }: ConnectionTry<End>,
): boolean {
    return table.some(
        (one) =>
            from.is.includes(one.from) &&
            to.is.includes(one.to) &&
            port === one.port &&
            (protocol === "TCP" || one.to === "dns"),
    );
}

/** The try in words, for messages. */
export function shownTry<End extends NetworkEnd>({ from, to, port, protocol }: ConnectionTry<End>): string {
    return `${from.name} > ${to.name}:${port}/${protocol}`;
}
