// Compares the EKS cluster that a stack names with the one that its last `pulumi up` left everything in.

import { RunError } from "@pulumi/pulumi/errors.js";
import type { EksCluster } from "./eks-kubeconfig.ts";

/**
 * Refuses to take a stack from one cluster to another: all that ships and keeps logs would be deleted in the first, and
 * Elasticsearch be empty in the second. A cluster that is gone holds nobody back.
 *
 * @param lastArn of the last `pulumi up`; null or undefined where there was none, or its cluster had no name
 * @param isThere whether AWS still shows a cluster of the name
 * @throws RunError that names the setting, both clusters and the ways out
 */
export async function refuseOtherCluster(
    stack: string,
    lastArn: unknown,
    wanted: Pick<EksCluster, "name" | "arn">,
    isThere: (name: string) => Promise<boolean>,
): Promise<void> {
    if (typeof lastArn !== "string" || lastArn === wanted.arn) {
        return;
    }
    const lastName = lastArn.split("/").at(-1) ?? lastArn;
    if (await isThere(lastName)) {
        throw new RunError(
            `cluster.eksName = ${wanted.name}: the stack is in the EKS cluster ${lastName} (${lastArn}), which is still there, and nothing was provisioned. Expected: ${lastName}. Name it again with pulumi config set --stack ${stack} chattingo-logging:cluster.eksName ${lastName}; for ${wanted.name} make a stack of its own, or take this one away first with pulumi destroy --stack ${stack}`,
        );
    }
}
