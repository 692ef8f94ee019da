// The templates of all pods of the system, in objects as they are declared, rendered or read from a cluster.

import type { types } from "@pulumi/kubernetes";
import type { Unwrap } from "@pulumi/pulumi";

/** A pod specification with nothing left to be resolved. */
export type PodSpec = Unwrap<types.input.core.v1.PodSpec>;

/** What a workload makes its pods from. */
export interface PodTemplate {
    readonly metadata: {
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: PodSpec;
}

interface Workload {
    readonly spec?: {
        readonly template?: PodTemplate;
        readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
    };
    readonly data?: Readonly<Record<string, string>>;
}

/** The templates of workloads among the objects, and that of the Jobs which rotation starts from its ConfigMap. */
export function podTemplatesIn(objects: readonly object[]): readonly PodTemplate[] {
    return objects.flatMap((object) => {
        const { spec, data } = object as Workload;
        const job = data?.["job.json"];
        const template =
            job === undefined
                ? (spec?.jobTemplate?.spec.template ?? spec?.template)
                : (JSON.parse(job) as Required<Workload>).spec.template;
        return template?.spec?.containers === undefined ? [] : [template];
    });
}
