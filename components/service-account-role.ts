// An IAM role that exactly one Kubernetes ServiceAccount of one EKS cluster can assume (IRSA).

import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import type { TokenIssuer } from "../cluster/find-token-issuer.ts";
import { type PolicyDocument, serviceAccountTrustPolicy } from "./iam-policies.ts";

/** What a {@link ServiceAccountRole} needs. */
export interface ServiceAccountRoleArgs {
    /** The EKS cluster whose tokens are trusted. */
    readonly tokenIssuer: TokenIssuer;
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

        const { clusterName, url: issuerUrl, providerArn } = args.tokenIssuer;
        const trust = pulumi
            .output(args.namespace)
            .apply((namespace) =>
                serviceAccountTrustPolicy({ namespace, name: args.serviceAccountName, providerArn, issuerUrl }),
            );
        const role = new Role(
            name,
            {
                description: `Assumed by the ServiceAccount ${args.serviceAccountName} of the cluster ${clusterName}`,
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
