// The namespace in which every other Kubernetes resource of the system lives.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { namespaceName, systemLabels } from "./labels.ts";

/** What a {@link LoggingNamespace} needs. */
export interface LoggingNamespaceArgs {
    /** Leave the namespace when the stack is destroyed, and with it every claim in it that the stack keeps. */
    readonly keepOnDestroy: boolean;
}

/** Provisions the namespace. */
export class LoggingNamespace extends pulumi.ComponentResource {
    /** Name of the namespace; what uses it is made after it. */
    readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: LoggingNamespaceArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:LoggingNamespace", name, {}, options);

        const namespace = new k8s.core.v1.Namespace(
            namespaceName,
            {
                metadata: {
                    name: namespaceName,
                    labels: {
                        ...systemLabels,
                        // Rotation and shipping read the nodes' disks, which every stricter level refuses:
                        // https://kubernetes.io/docs/concepts/security/pod-security-standards/
                        "pod-security.kubernetes.io/enforce": "privileged",
                        // Whoever makes a pod that asks for more than an ordinary one is told so, and the audit log too.
                        "pod-security.kubernetes.io/warn": "restricted",
                        "pod-security.kubernetes.io/audit": "restricted",
                    },
                },
            },
            { parent: this, retainOnDelete: args.keepOnDestroy },
        );
        this.namespace = namespace.metadata.name;
        this.registerOutputs({ namespace: this.namespace });
    }
}
