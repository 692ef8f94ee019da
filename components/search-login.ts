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

/** What a pod needs to log in; empty lists where Elasticsearch asks nobody who they are. */
export interface LoginParts {
    /** Of the pod's template: programs read their password when they start. */
    readonly annotations: Record<string, pulumi.Input<string>>;
    /** Name, password and, where it is asked for, the path of the authority's certificate. */
    readonly env: k8s.types.input.core.v1.EnvVar[];
    readonly volumes: k8s.types.input.core.v1.Volume[];
    readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[];
}

/** Key of the authority's certificate in the Secret, as cert-manager writes it. */
export const authorityFile = "ca.crt";

const authorityFolder = "/etc/elasticsearch-authority";
const volumeName = "elasticsearch-authority";

/** Where a container with the mounts of {@link loginParts} finds the authority's certificate. */
export const authorityPath = `${authorityFolder}/${authorityFile}`;

/**
 * What a program's pod is made of so that it can log in. Of the certificate's Secret it is given the authority's
 * certificate, and no private key.
 *
 * @param prefix begins the names of the variables that end in `USERNAME` and `PASSWORD`
 * @param authorityVariable name of the variable with {@link authorityPath}; none if the program is told in another way
 */
export function loginParts(login: SearchLogin | undefined, prefix: string, authorityVariable?: string): LoginParts {
    if (login === undefined) {
        return { annotations: {}, env: [], volumes: [], volumeMounts: [] };
    }
    const { secretName, passwordChecksum, certificateSecretName } = login;
    return {
        annotations: { "checksum/login": passwordChecksum },
        env: [
            ...["username", "password"].map((key) => ({
                name: `${prefix}${key.toUpperCase()}`,
                valueFrom: { secretKeyRef: { name: secretName, key } },
            })),
            ...(authorityVariable === undefined ? [] : [{ name: authorityVariable, value: authorityPath }]),
        ],
        volumes: [
            {
                name: volumeName,
                secret: { secretName: certificateSecretName, items: [{ key: authorityFile, path: authorityFile }] },
            },
        ],
        volumeMounts: [{ name: volumeName, mountPath: authorityFolder, readOnly: true }],
    };
}
