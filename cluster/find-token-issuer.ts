// The issuer of an EKS cluster's service account tokens, which IAM has to know before a ServiceAccount can have a role.

import { getOpenIdConnectProvider } from "@pulumi/aws/iam/getOpenIdConnectProvider.js";
import { RunError } from "@pulumi/pulumi/errors.js";
import type { EksCluster } from "./eks-kubeconfig.ts";

/** A token issuer that IAM trusts. */
export interface TokenIssuer {
    /** Name of the EKS cluster. */
    readonly clusterName: string;
    readonly url: string;
    /** ARN of the OpenID Connect provider that IAM has for it. */
    readonly providerArn: string;
}

/** How to have IAM know a cluster's issuer: https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html */
export function howToTrustIssuer(clusterName: string, region: string): string {
    return `eksctl utils associate-iam-oidc-provider --cluster ${clusterName} --region ${region} --approve`;
}

/**
 * Asks IAM for the provider of the cluster's issuer.
 *
 * @throws RunError that names the settings and the command that makes one, when IAM shows none
 */
export async function findTokenIssuer(cluster: EksCluster): Promise<TokenIssuer> {
    const { name, region, issuerUrl } = cluster;
    const { arn } = await getOpenIdConnectProvider({ url: issuerUrl }).catch((error: unknown) => {
        throw new RunError(
            `archive.credentials = irsa: IAM shows no OpenID Connect provider for the token issuer of the EKS cluster ${name} (${issuerUrl}), so no ServiceAccount there can have a role. Nothing was provisioned. Make one: ${howToTrustIssuer(name, region)}. AWS says: ${error instanceof Error ? error.message : String(error)}`,
        );
    });
    return { clusterName: name, url: issuerUrl, providerArn: arn };
}
