// Where the EKS cluster is that a stack names: AWS is asked, so that no kubeconfig of a machine decides.

import { getCluster } from "@pulumi/aws/eks/getCluster.js";
import { RunError } from "@pulumi/pulumi/errors.js";
import type { EksCluster } from "./eks-kubeconfig.ts";

/**
 * Asks AWS for the cluster, by the credentials and the region of the AWS provider.
 *
 * @throws RunError that names the setting, the region and what AWS says, when there is no such cluster to be seen
 */
export async function findEksCluster(name: string, region: string): Promise<EksCluster> {
    const refused = (why: string) =>
        new RunError(
            `cluster.eksName = ${name}: ${why}. Nothing was provisioned. Expected: an active EKS cluster of the region in aws:region, ${region}, and of the account whose credentials are used (aws sts get-caller-identity). aws eks list-clusters --region ${region} lists them`,
        );
    const found = await getCluster({ name }).catch((error: unknown) => {
        throw refused(`AWS does not show this EKS cluster: ${error instanceof Error ? error.message : String(error)}`);
    });
    const { arn, endpoint } = found;
    const certificateAuthority = found.certificateAuthorities[0]?.data;
    const issuerUrl = found.identities[0]?.oidcs[0]?.issuer;
    if (!endpoint || !certificateAuthority || !issuerUrl) {
        throw refused(`the EKS cluster is ${found.status}, and has no API server or no token issuer yet`);
    }
    return { name, arn, region, endpoint, certificateAuthority, issuerUrl };
}

/** Whether AWS shows a cluster of the name. */
export async function isEksCluster(name: string): Promise<boolean> {
    return getCluster({ name }).then(
        () => true,
        () => false,
    );
}
