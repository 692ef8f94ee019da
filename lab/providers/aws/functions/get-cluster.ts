// aws:eks/getCluster:getCluster, without what concerns networks, nodes and upgrades of the cluster.

import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import type { AwsFunction } from "../function.ts";
import { ifThere } from "../refusals.ts";

export const getCluster: AwsFunction = {
    token: "aws:eks/getCluster:getCluster",
    schema: { name: { shape: "string", required: true }, region: { shape: "string" } },

    async call({ eks, region }, { name }) {
        const found = await ifThere(
            eks.send(new DescribeClusterCommand({ name: String(name) })),
            "ResourceNotFoundException",
        );
        const cluster = found?.cluster;
        if (cluster === undefined) {
            throw new Error(`there is no EKS cluster ${name} in region ${region}`);
        }
        const certificate = cluster.certificateAuthority?.data;
        const issuer = cluster.identity?.oidc?.issuer;
        return {
            arn: cluster.arn,
            certificateAuthorities: certificate === undefined ? [] : [{ data: certificate }],
            createdAt: cluster.createdAt?.toISOString(),
            endpoint: cluster.endpoint,
            id: cluster.name,
            identities: issuer === undefined ? [] : [{ oidcs: [{ issuer }] }],
            name: cluster.name,
            platformVersion: cluster.platformVersion,
            region,
            roleArn: cluster.roleArn,
            status: cluster.status,
            tags: cluster.tags ?? {},
            version: cluster.version,
        };
    },
};
