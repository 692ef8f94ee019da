// The certificates of Elasticsearch and Kibana, made and renewed by cert-manager:
// https://cert-manager.io/docs/usage/certificate/. Each has an authority of its own that signs one certificate, so whoever
// has one signed by Elasticsearch's is a node of its cluster.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf } from "./labels.ts";

/** What {@link SearchCertificates} need. */
export interface SearchCertificatesArgs {
    readonly namespace: pulumi.Input<string>;
    /** Secret in which the nodes find `ca.crt`, `tls.crt` and `tls.key`. */
    readonly secretName: string;
    /** Services of Elasticsearch, by whose names it is reached; the pods of the last one have names of their own. */
    readonly serviceName: string;
    readonly headlessServiceName: string;
    /** Secret in which Kibana finds the same three files, and the Service by whose names it is reached. */
    readonly kibana: { readonly secretName: string; readonly serviceName: string };
}

/** One server's certificate. */
interface CertifiedServer {
    /** Begins the names of the authority's objects, and is that of the certificate. */
    readonly name: string;
    readonly secretName: string;
    readonly hours: CertificateHours;
    /** https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.KeyUsage */
    readonly usages: readonly string[];
    readonly dnsNames: pulumi.Input<string[]>;
}

/** How long a certificate is good, and how long before its end it is renewed. */
interface CertificateHours {
    readonly duration: number;
    readonly renewBefore: number;
}

const role = "search";
const group = "cert-manager.io";

const day = 24;
/**
 * The authority is trusted for ten years, and renewed with the same key after five: what it has signed in the last of these
 * ends, or is renewed, long before the authority that was handed out with it does.
 */
const authorityHours = { duration: 3650 * day, renewBefore: 1825 * day };
/** A node's certificate is renewed a month before it ends: Elasticsearch reads the new one without a restart. */
const nodeHours = { duration: 90 * day, renewBefore: 30 * day };
/** Kibana reads its certificate when it starts: any restart in the four years after a renewal brings the new one. */
const kibanaHours = { duration: 5 * 365 * day, renewBefore: 4 * 365 * day };

/** Provisions the certificate that Elasticsearch's nodes share, Kibana's, and the authority of each. */
export class SearchCertificates extends pulumi.ComponentResource {
    constructor(name: string, args: SearchCertificatesArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:SearchCertificates", name, {}, options);
        const namespace = pulumi.output(args.namespace);
        const servers: readonly CertifiedServer[] = [
            {
                name: "elasticsearch",
                secretName: args.secretName,
                hours: nodeHours,
                // Nodes are servers and clients of each other.
                usages: ["digital signature", "server auth", "client auth"],
                dnsNames: namespace.apply((name) => searchNames(args, name)),
            },
            {
                name: "kibana",
                secretName: args.kibana.secretName,
                hours: kibanaHours,
                usages: ["digital signature", "server auth"],
                dnsNames: namespace.apply((name) => [...serviceNames(args.kibana.serviceName, name), "localhost"]),
            },
        ];
        for (const server of servers) {
            this.#certify(server, args.namespace);
        }
        this.registerOutputs({});
    }

    #certify(server: CertifiedServer, namespace: pulumi.Input<string>): void {
        const [selfSigned, authority] = [`${server.name}-self-signed`, `${server.name}-authority`];
        const make = (
            kind: "Issuer" | "Certificate",
            objectName: string,
            spec: object,
            dependsOn: readonly pulumi.Resource[] = [],
        ) =>
            new k8s.apiextensions.CustomResource(
                `${objectName}-${kind.toLowerCase()}`,
                {
                    apiVersion: `${group}/v1`,
                    kind,
                    metadata: { name: objectName, namespace, labels: labelsOf(server.name, role) },
                    spec,
                },
                { parent: this, dependsOn: [...dependsOn] },
            );

        const root = make("Issuer", selfSigned, { selfSigned: {} });
        const authorityCertificate = make(
            "Certificate",
            authority,
            {
                isCA: true,
                commonName: `${server.name} of ${pulumi.getStack()}`,
                secretName: authority,
                ...asDurations(authorityHours),
                // The same key in every certificate of it: programs that know the old one trust what the new one signs.
                privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
                issuerRef: { name: selfSigned, kind: "Issuer" },
            },
            [root],
        );
        const issuer = make("Issuer", authority, { ca: { secretName: authority } }, [authorityCertificate]);
        make(
            "Certificate",
            server.name,
            {
                secretName: server.secretName,
                ...asDurations(server.hours),
                privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
                usages: server.usages,
                dnsNames: server.dnsNames,
                issuerRef: { name: authority, kind: "Issuer" },
            },
            [issuer],
        );
    }
}

function searchNames(args: SearchCertificatesArgs, namespace: string): string[] {
    return [
        ...serviceNames(args.serviceName, namespace),
        ...serviceNames(`*.${args.headlessServiceName}`, namespace),
        // For whoever asks from within the pod, or through a forwarded port.
        "localhost",
    ];
}

function serviceNames(service: string, namespace: string): string[] {
    return ["", `.${namespace}`, `.${namespace}.svc`].map((suffix) => `${service}${suffix}`);
}

function asDurations({ duration, renewBefore }: CertificateHours): Record<string, string> {
    return { duration: `${duration}h0m0s`, renewBefore: `${renewBefore}h0m0s` };
}
