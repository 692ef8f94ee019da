// The certificates of Elasticsearch, made and renewed by cert-manager: https://cert-manager.io/docs/usage/certificate/
// An authority of this stack alone signs one certificate, so whoever has one signed by it is a node of this cluster.

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
}

const app = "elasticsearch";
const role = "search";
const group = "cert-manager.io";
const selfSigned = "elasticsearch-self-signed";
const authority = "elasticsearch-authority";

const day = 24;
/** The authority is trusted for ten years, and renewed with the same key one year before. */
const authorityHours = { duration: 3650 * day, renewBefore: 365 * day };
/** A node's certificate is renewed a month before it ends: Elasticsearch reads the new one without a restart. */
const nodeHours = { duration: 90 * day, renewBefore: 30 * day };

/** Provisions the authority and the certificate that the nodes share. */
export class SearchCertificates extends pulumi.ComponentResource {
    constructor(name: string, args: SearchCertificatesArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:SearchCertificates", name, {}, options);
        // A kind that the cluster lacks passes a preview, because the update might bring it: what serves it does not.
        const certManager = k8s.apiregistration.v1.APIService.get("cert-manager", `v1.${group}`, { parent: this });
        const make = (kind: "Issuer" | "Certificate", objectName: string, spec: object, dependsOn: pulumi.Resource[]) =>
            new k8s.apiextensions.CustomResource(
                `${objectName}-${kind.toLowerCase()}`,
                {
                    apiVersion: `${group}/v1`,
                    kind,
                    metadata: { name: objectName, namespace: args.namespace, labels: labelsOf(app, role) },
                    spec,
                },
                { parent: this, dependsOn },
            );

        const root = make("Issuer", selfSigned, { selfSigned: {} }, [certManager]);
        const authorityCertificate = make(
            "Certificate",
            authority,
            {
                isCA: true,
                commonName: `${app} of ${pulumi.getStack()}`,
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
            app,
            {
                secretName: args.secretName,
                ...asDurations(nodeHours),
                privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
                // Nodes are servers and clients of each other.
                usages: ["digital signature", "server auth", "client auth"],
                dnsNames: pulumi.output(args.namespace).apply((namespace) => dnsNames(args, namespace)),
                issuerRef: { name: authority, kind: "Issuer" },
            },
            [issuer],
        );
        this.registerOutputs({});
    }
}

function dnsNames(args: SearchCertificatesArgs, namespace: string): string[] {
    const suffixes = ["", `.${namespace}`, `.${namespace}.svc`];
    return [
        ...suffixes.map((suffix) => `${args.serviceName}${suffix}`),
        ...suffixes.map((suffix) => `*.${args.headlessServiceName}${suffix}`),
        // For whoever asks from within the pod, or through a forwarded port.
        "localhost",
    ];
}

function asDurations({ duration, renewBefore }: { duration: number; renewBefore: number }): Record<string, string> {
    return { duration: `${duration}h0m0s`, renewBefore: `${renewBefore}h0m0s` };
}
