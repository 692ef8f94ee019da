// TLS of Kibana inside the cluster: people's passwords and elastic-setup's go to it, as they do to Elasticsearch
// (docs/decisions/0017-tls-of-kibana.md).

import type k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { authorityFile } from "./search-login.ts";

/** Kibana's certificate. */
export interface KibanaCertificate {
    /** Secret with `ca.crt`, `tls.crt` and `tls.key`. */
    readonly secretName: pulumi.Input<string>;
}

/** What a container needs, and the volume that its pod has for it; empty lists where Kibana speaks plain HTTP. */
export interface TlsParts {
    readonly env: k8s.types.input.core.v1.EnvVar[];
    readonly volumes: k8s.types.input.core.v1.Volume[];
    readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[];
}

const noTls: TlsParts = { env: [], volumes: [], volumeMounts: [] };

/** The files by which Kibana speaks TLS, and what its own container and pod need to have them. */
export interface ServerTlsParts extends Pick<TlsParts, "volumes" | "volumeMounts"> {
    /** Undefined: it speaks plain HTTP. */
    readonly files?: { readonly certificatePath: string; readonly keyPath: string };
}

/** Of Kibana's own container. */
export function kibanaServerTls(certificate: KibanaCertificate | undefined): ServerTlsParts {
    if (certificate === undefined) {
        return noTls;
    }
    const [name, folder] = ["kibana-certificate", "/etc/kibana-certificate"];
    const [certificateFile, keyFile] = ["tls.crt", "tls.key"];
    return {
        files: { certificatePath: `${folder}/${certificateFile}`, keyPath: `${folder}/${keyFile}` },
        volumes: [volumeOf(name, certificate, [certificateFile, keyFile])],
        volumeMounts: [{ name, mountPath: folder, readOnly: true }],
    };
}

/** Of a container whose program, of Node.js, asks Kibana: it is given the authority's certificate and no key. */
export function kibanaClientTls(certificate: KibanaCertificate | undefined): TlsParts {
    if (certificate === undefined) {
        return noTls;
    }
    const [name, folder] = ["kibana-authority", "/etc/kibana-authority"];
    return {
        // https://nodejs.org/api/cli.html#node_extra_ca_certsfile
        env: [{ name: "NODE_EXTRA_CA_CERTS", value: `${folder}/${authorityFile}` }],
        volumes: [volumeOf(name, certificate, [authorityFile])],
        volumeMounts: [{ name, mountPath: folder, readOnly: true }],
    };
}

function volumeOf(
    name: string,
    { secretName }: KibanaCertificate,
    files: readonly string[],
): k8s.types.input.core.v1.Volume {
    return { name, secret: { secretName, items: files.map((file) => ({ key: file, path: file })) } };
}
