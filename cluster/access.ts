// How the cluster of a stack is reached: an EKS cluster by what AWS tells of it, any other one by a kubeconfig.

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { RunError } from "@pulumi/pulumi/errors.js";
import { type EksCluster, eksKubeconfig } from "./eks-kubeconfig.ts";
import type { ClusterAccess } from "./kubectl.ts";

/** The settings that name a stack's cluster, of which one may be set. */
export interface NamedCluster {
    readonly eksName?: string;
    readonly context?: string;
}

/** Settings of the default Kubernetes provider that lead it to a cluster. */
const providerKeys = ["kubernetes:kubeconfig", "kubernetes:context", "kubernetes:cluster"] as const;

/**
 * The way to the cluster, which is that of the stack's Kubernetes provider.
 *
 * @param eks the cluster that `named.eksName` names
 * @param configOf a value of the stack's configuration by its key with namespace
 * @throws RunError when settings of the provider name a cluster beside those of the stack
 */
export function clusterAccess(
    named: NamedCluster,
    eks: EksCluster | undefined,
    configOf: (key: string) => string | undefined,
): ClusterAccess {
    const setting = named.eksName === undefined ? "cluster.context" : "cluster.eksName";
    const name = named.eksName ?? named.context;
    if (name === undefined) {
        // A path or a whole kubeconfig, as for the provider.
        const given = configOf("kubernetes:kubeconfig");
        const file = given?.replace(/^~(?=\/)/, homedir());
        return {
            kubeconfig: file !== undefined && existsSync(file) ? readFileSync(file, "utf8") : given,
            context: configOf("kubernetes:context"),
        };
    }
    const beside = providerKeys.filter((key) => configOf(key) !== undefined);
    if (beside.length > 0) {
        throw new RunError(
            `${beside.join(" and ")} ${beside.length === 1 ? "is" : "are"} set beside ${setting} = ${name}, which alone says where the stack goes. Nothing was provisioned. Remove what is beside it: ${beside.map((key) => `pulumi config rm ${key}`).join("; ")}`,
        );
    }
    return eks === undefined ? { context: name } : { kubeconfig: eksKubeconfig(eks, configOf("aws:profile")) };
}
