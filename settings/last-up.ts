// What the last `pulumi up` of this stack left in its outputs.

import * as pulumi from "@pulumi/pulumi";

/** Reads an output by its name; undefined before the first `up` that came to an end, and after `destroy`. */
export type LastOutput = (name: string) => Promise<unknown>;

/** Asks the backend for the stack's own outputs, once. */
export function lastUp(): LastOutput {
    const itself = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    const reference = new pulumi.StackReference("last-up", { name: itself });
    return (name) => reference.getOutputValue(name);
}
