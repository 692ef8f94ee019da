// Who a part of the system is to AWS: its ServiceAccount with a role (IRSA), or an access key in a Secret of its own.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf, type Role } from "./labels.ts";
import { secretData } from "./secret-data.ts";
import { serviceAccount } from "./service-account.ts";

/** How a part authenticates to AWS: as an IAM role by its ServiceAccount, or with an access key. */
export type AwsCredentials =
    | { readonly roleArn: pulumi.Input<string> }
    | { readonly accessKeyId: pulumi.Input<string>; readonly secretAccessKey: pulumi.Input<string> };

/** What {@link awsIdentity} needs. */
export interface AwsIdentityArgs {
    readonly namespace: pulumi.Input<string>;
    /** The part, which names the ServiceAccount that a role's trust policy names. */
    readonly app: string;
    readonly role: Role;
    readonly credentials: AwsCredentials;
}

/** What a pod is given. */
export interface AwsIdentity {
    readonly serviceAccountName: pulumi.Output<string>;
    /** What its container finds its credentials by. */
    readonly env: Readonly<Record<string, string>>;
    /** With the access key as a file; none with a role. */
    readonly volumes: k8s.types.input.core.v1.Volume[];
    readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[];
}

const credentialsFolder = "/etc/aws-credentials";
const credentialsFile = "credentials";
const credentialsVolume = "aws-credentials";

/**
 * Environment of a pod that takes its credentials from the AWS SDK's standard chain. The last source of the chain, the
 * role of the node that the pod happens to be on, is switched off: what it may do is not meant for the pod.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
 */
const awsEnvironment = { AWS_EC2_METADATA_DISABLED: "true" } as const;

/** Provisions the ServiceAccount and, where the credentials are an access key, the Secret `<app>-credentials`. */
export function awsIdentity(
    { namespace, app, role, credentials }: AwsIdentityArgs,
    options: pulumi.CustomResourceOptions,
): AwsIdentity {
    // It has no use for the API server. The token for AWS is another one, which EKS mounts by itself:
    // https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html
    const account = serviceAccount(
        {
            namespace,
            app,
            role,
            annotations: "roleArn" in credentials ? { "eks.amazonaws.com/role-arn": credentials.roleArn } : undefined,
        },
        options,
    );
    const accessKey =
        "accessKeyId" in credentials
            ? new k8s.core.v1.Secret(
                  `${app}-credentials`,
                  {
                      metadata: { name: `${app}-credentials`, namespace, labels: labelsOf(app, role) },
                      data: pulumi.secret(
                          pulumi
                              .all([credentials.accessKeyId, credentials.secretAccessKey])
                              .apply(([id, secret]) =>
                                  secretData({ [credentialsFile]: sharedCredentials(id, secret) }),
                              ),
                      ),
                  },
                  options,
              )
            : undefined;
    const serviceAccountName = account.metadata.name;
    return accessKey === undefined
        ? { serviceAccountName, env: awsEnvironment, volumes: [], volumeMounts: [] }
        : {
              serviceAccountName,
              env: { ...awsEnvironment, AWS_SHARED_CREDENTIALS_FILE: `${credentialsFolder}/${credentialsFile}` },
              volumes: [{ name: credentialsVolume, secret: { secretName: accessKey.metadata.name } }],
              volumeMounts: [{ name: credentialsVolume, mountPath: credentialsFolder, readOnly: true }],
          };
}

/**
 * The file in which the SDK's chain looks for an access key. A file and no variables: no child process inherits it, and no
 * dump of the environment shows it. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function sharedCredentials(id: string, secret: string): string {
    return `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
}
