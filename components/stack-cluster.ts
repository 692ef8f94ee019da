// The Kubernetes provider of a stack that names its cluster: every object goes there, from every machine, in `pulumi
// destroy` and `refresh` too, whatever the kubeconfig there says.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** What a {@link StackCluster} needs. */
export interface StackClusterArgs {
    /** A kubeconfig that is the same on every machine; undefined: that of the environment. */
    readonly kubeconfig?: string;
    /** Context in the place of the kubeconfig's current one. */
    readonly context?: string;
    /** What tells this cluster from any other one; undefined: its address and authority do. */
    readonly identifier?: string;
}

/** Provisions the provider, for the option `providers` of components. */
export class StackCluster extends pulumi.ComponentResource {
    readonly provider: k8s.Provider;

    constructor(name: string, args: StackClusterArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:StackCluster", name, {}, options);
        this.provider = new k8s.Provider(
            name,
            {
                // The empty one is the environment's too. For none at all the SDK writes the path in KUBECONFIG into the state.
                kubeconfig: args.kubeconfig ?? "",
                context: args.context,
                clusterIdentifier: args.identifier,
                // What Pulumi.yaml sets for the default provider: docs/decisions/0006-config-maps-change-in-place.md
                enableConfigMapMutable: true,
                enableSecretMutable: true,
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
