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
    /** Name of the Secret with the access key; undefined with a role. */
    readonly secretName: pulumi.Output<string> | undefined;
}

/**
 * Environment of a pod that takes its credentials from the AWS SDK's standard chain. The last source of the chain, the
 * role of the node that the pod happens to be on, is switched off: what it may do is not meant for the pod.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
 */
export const awsEnvironment = { AWS_EC2_METADATA_DISABLED: "true" } as const;

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
                                  secretData({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }),
                              ),
                      ),
                  },
                  options,
              )
            : undefined;
    return { serviceAccountName: account.metadata.name, secretName: accessKey?.metadata.name };
}
