// Whether the kubeconfig has the context that a stack names.

import { RunError } from "@pulumi/pulumi/errors.js";
import { type Kubectl, withKubectl } from "./kubectl.ts";

/**
 * Looks for the context in the kubeconfig of the environment. The cluster itself is not asked.
 *
 * @throws RunError that names the setting, the contexts that there are and the fix
 */
export async function refuseUnknownContext(stack: string, context: string): Promise<void> {
    await withKubectl({}, (kubectl) => assertContext(stack, context, kubectl));
}

/** The same by any kubectl. */
export async function assertContext(stack: string, context: string, kubectl: Kubectl): Promise<void> {
    const names = (await kubectl("config", "get-contexts", "--output=name")).split("\n").filter((name) => name !== "");
    if (!names.includes(context)) {
        throw new RunError(
            `cluster.context = ${context}: the kubeconfig has no such context, and nothing was provisioned. Expected: one of ${names.join(", ") || "none: KUBECONFIG names no kubeconfig, or an empty one"}. Rename yours with kubectl config rename-context, or name another one: pulumi config set --stack ${stack} chattingo-logging:cluster.context <context>`,
        );
    }
}
