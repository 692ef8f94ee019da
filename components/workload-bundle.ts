// A workload's program as pods mount it: an immutable ConfigMap whose name carries the content's hash, so that a pod
// template changes exactly when the program does.

import k8s from "@pulumi/kubernetes";
import type { types } from "@pulumi/kubernetesx";
import * as pulumi from "@pulumi/pulumi";
import type { Bundle, WorkloadName } from "../workloads/bundle.ts";
import { labelsOf, type Role } from "./labels.ts";

/** Folder in which pods find their program. */
const programFolder = "/opt/chattingo";

/** What a {@link WorkloadBundle} needs. */
export interface WorkloadBundleArgs {
    readonly namespace: pulumi.Input<string>;
    readonly workload: WorkloadName;
    /** Part of the data flow that the workload belongs to. */
    readonly role: Role;
    /** The workload as one file. */
    readonly bundle: pulumi.Input<Bundle>;
}

/** Provisions the program of one workload. */
export class WorkloadBundle extends pulumi.ComponentResource {
    /** Starts the program, as a container's `command`. */
    readonly command: string[];
    /** Brings the program into a container that `kubernetesx` builds. */
    readonly mount: types.VolumeMount;
    /** The program as a volume of a pod. */
    readonly volume: k8s.types.input.core.v1.Volume;
    /** Where a container finds {@link volume}. */
    readonly volumeMount: k8s.types.input.core.v1.VolumeMount;

    constructor(name: string, args: WorkloadBundleArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:WorkloadBundle", name, {}, options);

        const bundle = pulumi.output(args.bundle);
        const configMap = new k8s.core.v1.ConfigMap(
            `${name}-program`,
            {
                metadata: {
                    name: bundle.apply(({ hash }) => `${args.workload}-${hash}`),
                    namespace: args.namespace,
                    labels: labelsOf(args.workload, args.role),
                },
                immutable: true,
                data: bundle.apply(({ content }) => ({ [`${args.workload}.js`]: content })),
            },
            { parent: this },
        );

        this.command = ["node", `${programFolder}/${args.workload}.js`];
        const source = { name: "program", configMap: { name: configMap.metadata.name } };
        this.mount = { volume: source, destPath: programFolder };
        this.volume = source;
        this.volumeMount = { name: source.name, mountPath: programFolder };
        this.registerOutputs({ configMapName: configMap.metadata.name });
    }
}
