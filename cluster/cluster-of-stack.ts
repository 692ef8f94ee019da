// The cluster of a stack: which one it is and how it is reached, and everything for which the stack has to be kept from it,
// before anything is made there.

import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/index.ts";
import type { LastOutput } from "../settings/last-up.ts";
import { clusterAccess } from "./access.ts";
import type { EksCluster } from "./eks-kubeconfig.ts";
import { findEksCluster, isEksCluster } from "./find-eks-cluster.ts";
import { findTokenIssuer, type TokenIssuer } from "./find-token-issuer.ts";
import { refuseUnknownContext } from "./known-context.ts";
import type { ClusterAccess } from "./kubectl.ts";
import { refuseOtherCluster } from "./other-cluster.ts";
import { refuseUnfitCluster } from "./unfit-cluster.ts";

/** The cluster of a stack. */
export interface ClusterOfStack {
    /** The EKS cluster that the stack names; undefined: it names none. */
    readonly eks: EksCluster | undefined;
    /** How it is reached; undefined in a stack that names no cluster, which goes where the kubeconfig leads. */
    readonly access: ClusterAccess | undefined;
    /** By which parts get their AWS credentials. */
    readonly identity: { readonly kind: "irsa"; readonly tokenIssuer: TokenIssuer } | { readonly kind: "static" };
}

/**
 * Finds the cluster and looks whether the stack may go there.
 *
 * @param lastOutput tells which cluster the last `pulumi up` went to, by the output `eksClusterArn`
 * @throws RunError with the reason, the setting and the fix when it may not; call this before any resource is made
 */
export async function clusterOfStack(settings: Settings, lastOutput: LastOutput): Promise<ClusterOfStack> {
    const { stack, archive, cluster } = settings;
    const { credentials, region } = archive;
    const eks = cluster.eksName === undefined ? undefined : await findEksCluster(cluster.eksName, region);
    const access = clusterAccess(cluster, eks, (key) => pulumi.runtime.getConfig(key));
    if (eks !== undefined) {
        await refuseOtherCluster(stack, await lastOutput("eksClusterArn"), eks, isEksCluster);
    }
    const identity =
        credentials.kind === "irsa"
            ? {
                  kind: credentials.kind,
                  // Both names are the one setting cluster.eksName: AWS is asked for the cluster once.
                  tokenIssuer: await findTokenIssuer(eks ?? (await findEksCluster(credentials.eksName, region))),
              }
            : credentials;
    // Without an engine (unit tests, make render) nothing is provisioned, and there is no cluster to ask.
    if (pulumi.runtime.getEngine() !== undefined) {
        if (cluster.context !== undefined) {
            await refuseUnknownContext(stack, cluster.context);
        }
        await refuseUnfitCluster(settings, access);
    }
    const isNamed = eks !== undefined || cluster.context !== undefined;
    return { eks, access: isNamed ? access : undefined, identity };
}
