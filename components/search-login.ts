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
    /** Name and password, or the paths of their files, and where it is asked for that of the authority's certificate. */
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
 * What the pod of a program is made of that takes its login from its environment only. Of the certificate's Secret it is
 * given the authority's certificate, and no private key.
 *
 * @param prefix begins the names of the variables that end in `USERNAME` and `PASSWORD`
 */
export function loginParts(login: SearchLogin | undefined, prefix: string): LoginParts {
    if (login === undefined) {
        return noLogin;
    }
    const { annotations, volumes, volumeMounts } = authorityParts(login);
    return {
        annotations,
        env: loginKeys.map((key) => ({
            name: `${prefix}${key.toUpperCase()}`,
            valueFrom: { secretKeyRef: { name: login.secretName, key } },
        })),
        volumes,
        volumeMounts,
    };
}

/**
 * The same for a program of this system, which takes its login from files ({@link loginFiles}).
 *
 * @param prefix begins the names of the variables that end in `USERNAME_FILE` and `PASSWORD_FILE`
 * @param authorityVariable name of the variable with {@link authorityPath}
 */
export function loginFileParts(login: SearchLogin | undefined, prefix: string, authorityVariable: string): LoginParts {
    if (login === undefined) {
        return noLogin;
    }
    const files = loginFiles(login, prefix);
    const { annotations, volumes, volumeMounts } = authorityParts(login);
    return {
        annotations,
        env: [...files.env, { name: authorityVariable, value: authorityPath }],
        volumes: [...volumes, ...files.volumes],
        volumeMounts: [...volumeMounts, ...files.volumeMounts],
    };
}

/**
 * Name and password as files, and nothing of the authority: no child process inherits them, and no dump of the environment
 * shows them (`workloads/secret-variable.ts`).
 *
 * @param prefix begins the names of the variables that end in `USERNAME_FILE` and `PASSWORD_FILE`
 */
export function loginFiles(login: SearchLogin | undefined, prefix: string): Omit<LoginParts, "annotations"> {
    if (login === undefined) {
        return noLogin;
    }
    const [name, folder] = ["elasticsearch-login", "/etc/elasticsearch-login"];
    return {
        env: loginKeys.map((key) => ({ name: `${prefix}${key.toUpperCase()}_FILE`, value: `${folder}/${key}` })),
        volumes: [{ name, secret: { secretName: login.secretName } }],
        volumeMounts: [{ name, mountPath: folder, readOnly: true }],
    };
}

const noLogin: LoginParts = { annotations: {}, env: [], volumes: [], volumeMounts: [] };

/** Keys of a login's Secret. */
const loginKeys = ["username", "password"] as const;

function authorityParts({ passwordChecksum, certificateSecretName: secretName }: SearchLogin): Omit<LoginParts, "env"> {
    return {
        annotations: { "checksum/login": passwordChecksum },
        volumes: [{ name: volumeName, secret: { secretName, items: [{ key: authorityFile, path: authorityFile }] } }],
        volumeMounts: [{ name: volumeName, mountPath: authorityFolder, readOnly: true }],
    };
}
