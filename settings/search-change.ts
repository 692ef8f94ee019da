// Compares the search that a stack asks for with the one that its last `pulumi up` left, and refuses a change that would
// put data out of reach.

import * as pulumi from "@pulumi/pulumi";
import { namespace } from "./keys.ts";
import { type Problem, SettingsError } from "./report.ts";

/** What a stack tells of its Elasticsearch in its output `search`, for the next `pulumi up` to compare with. */
export interface DeployedSearch {
    readonly mode: "single" | "cluster";
    /** Number of Elasticsearch nodes. */
    readonly replicas: number;
}

/**
 * Reads what the last `pulumi up` of this stack left and compares. A stack's first `up`, and one after `destroy`, has
 * nothing to compare with; nor has one whose first `up` never came to an end.
 *
 * @throws SettingsError when a cluster is to become a single node; call this before any resource is made
 */
export async function refuseLossOfSearchData(wanted: DeployedSearch): Promise<void> {
    const stack = pulumi.getStack();
    const itself = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
    const deployed = await new pulumi.StackReference("last-up", { name: itself }).getOutputValue("search");
    const problem = lossOfSearchData(stack, deployed as DeployedSearch | undefined, wanted);
    if (problem !== undefined) {
        throw new SettingsError(stack, [problem]);
    }
}

/** Why `wanted` may not follow `deployed`; undefined when it may. */
export function lossOfSearchData(
    stack: string,
    deployed: DeployedSearch | undefined,
    wanted: DeployedSearch,
): Problem | undefined {
    if (deployed?.mode !== "cluster" || wanted.mode === "cluster") {
        return undefined;
    }
    const key = `${namespace}:search.mode`;
    return {
        key,
        value: wanted.mode,
        wrong:
            `the stack runs a cluster of ${deployed.replicas} nodes, and each holds a part of the data: ` +
            "a single node could read neither the others' parts nor the cluster's state",
        allowed: "cluster; docs/operations.md tells how to move to a single node without losing a line",
        place: `the configuration of stack ${stack}, over the output "search" of its last up`,
        because: [],
        mend: `pulumi config set --stack ${stack} ${key} cluster`,
    };
}
