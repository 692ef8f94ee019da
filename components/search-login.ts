// How a program logs in to an Elasticsearch that asks for it: its name and password from a Secret of its own, and the
// certificate by which it knows the right Elasticsearch.

import type k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** The login of one program. */
export interface SearchLogin {
    /** Secret with `username` and `password`. */
    readonly secretName: pulumi.Input<string>;
    /** Changes with the password, and tells nobody what it is. */
    readonly passwordChecksum: pulumi.Input<string>;
    /** Secret whose {@link authorityFile} is the certificate of the authority that Elasticsearch's comes from. */
    readonly certificateSecretName: pulumi.Input<string>;
}

/** Key of the authority's certificate in the Secret, as cert-manager writes it. */
export const authorityFile = "ca.crt";

const authorityFolder = "/etc/elasticsearch-authority";
const volumeName = "elasticsearch-authority";

/** Where a container with {@link authorityVolumeMount} finds the certificate. */
export const authorityPath = `${authorityFolder}/${authorityFile}`;

/** The certificate of the authority, without any private key. */
export function authorityVolume({ certificateSecretName }: SearchLogin): k8s.types.input.core.v1.Volume {
    return {
        name: volumeName,
        secret: {
            secretName: certificateSecretName,
            items: [{ key: authorityFile, path: authorityFile }],
        },
    };
}

/** Brings {@link authorityVolume} into a container. */
export const authorityVolumeMount: k8s.types.input.core.v1.VolumeMount = {
    name: volumeName,
    mountPath: authorityFolder,
    readOnly: true,
};

/**
 * Environment variables with name and password.
 *
 * @param prefix begins their names, which end in `USERNAME` and `PASSWORD`
 */
export function loginEnv({ secretName }: SearchLogin, prefix: string): k8s.types.input.core.v1.EnvVar[] {
    return ["username", "password"].map((key) => ({
        name: `${prefix}${key.toUpperCase()}`,
        valueFrom: { secretKeyRef: { name: secretName, key } },
    }));
}

/** Annotation of a pod template: programs read their password when they start. */
export function loginAnnotation(login: SearchLogin | undefined): Record<string, pulumi.Input<string>> {
    return login === undefined ? {} : { "checksum/login": login.passwordChecksum };
}
