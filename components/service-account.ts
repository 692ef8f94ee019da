// The account under which the pods of a part are known to the cluster: one of its own for each part, because a right that
// somebody gives to the account that they share would be everybody's.

import k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labelsOf, type Role } from "./labels.ts";

/** Whose account it is. */
export interface ServiceAccountArgs {
    readonly namespace: pulumi.Input<string>;
    /** The part, which names the account. */
    readonly app: string;
    readonly role: Role;
    /** None by default. */
    readonly annotations?: Record<string, pulumi.Input<string>>;
}

/** An account without a right. Its pods get no token, unless they ask for one in their specification. */
export function serviceAccount(
    { namespace, app, role, annotations }: ServiceAccountArgs,
    options: pulumi.CustomResourceOptions,
): k8s.core.v1.ServiceAccount {
    return new k8s.core.v1.ServiceAccount(
        app,
        {
            metadata: { name: app, namespace, labels: labelsOf(app, role), annotations },
            automountServiceAccountToken: false,
        },
        options,
    );
}

/**
 * Has Node.js trust the API server's certificate, in a pod that mounts its account's token:
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export const trustInApiServer = {
    NODE_EXTRA_CA_CERTS: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
} as const;
