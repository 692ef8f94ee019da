// An IAM role that exactly one Kubernetes ServiceAccount of one EKS cluster can assume (IRSA).

import { getClusterOutput } from "@pulumi/aws/eks/getCluster.js";
import { getOpenIdConnectProviderOutput } from "@pulumi/aws/iam/getOpenIdConnectProvider.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { type PolicyDocument, serviceAccountTrustPolicy } from "./iam-policies.ts";

/** What a {@link ServiceAccountRole} needs. */
export interface ServiceAccountRoleArgs {
    /** Name of the EKS cluster whose tokens are trusted. */
    readonly clusterName: string;
    /** Namespace of the ServiceAccount. */
    readonly namespace: pulumi.Input<string>;
    /** Name of the ServiceAccount. */
    readonly serviceAccountName: string;
    /** What the role may do. */
    readonly policy: pulumi.Input<PolicyDocument>;
}

/** Provisions the role. */
export class ServiceAccountRole extends pulumi.ComponentResource {
    /** ARN for the ServiceAccount's annotation `eks.amazonaws.com/role-arn`; known when the role has its rights. */
    readonly roleArn: pulumi.Output<string>;

    constructor(name: string, args: ServiceAccountRoleArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:ServiceAccountRole", name, {}, options);

        const cluster = getClusterOutput({ name: args.clusterName }, { parent: this });
        const issuerUrl = cluster.identities.apply((identities) => issuerOf(args.clusterName, identities));
        const provider = getOpenIdConnectProviderOutput({ url: issuerUrl }, { parent: this });
        const trust = pulumi
            .all([issuerUrl, provider.arn, pulumi.output(args.namespace)])
            .apply(([url, providerArn, namespace]) =>
                serviceAccountTrustPolicy({ namespace, name: args.serviceAccountName, providerArn, issuerUrl: url }),
            );
        const role = new Role(
            name,
            {
                description: `Assumed by the ServiceAccount ${args.serviceAccountName} of the cluster ${args.clusterName}`,
                assumeRolePolicy: pulumi.jsonStringify(trust),
            },
            { parent: this },
        );
        const rights = new RolePolicy(
            name,
            { role: role.name, policy: pulumi.jsonStringify(args.policy) },
            { parent: this },
        );

        this.roleArn = pulumi.all([role.arn, rights.role]).apply(([arn]) => arn);
        this.registerOutputs({ roleArn: this.roleArn });
    }
}

/**
 * URL of the cluster's token issuer.
 *
 * @throws an error that says how to make one when the cluster has none
 */
export function issuerOf(
    clusterName: string,
    identities: readonly { readonly oidcs: readonly { readonly issuer: string }[] }[],
): string {
    const issuer = identities[0]?.oidcs[0]?.issuer;
    if (!issuer) {
        throw new pulumi.RunError(
            `cluster.eksName = ${clusterName}: this EKS cluster has no OpenID Connect issuer, which archive.credentials = irsa needs; make one with \`eksctl utils associate-iam-oidc-provider --cluster ${clusterName} --approve\``,
        );
    }
    return issuer;
}
