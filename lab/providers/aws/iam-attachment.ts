// How the attachment of a managed policy to a role or a user is named and found.

interface AttachedPoliciesPage {
    readonly AttachedPolicies?: readonly { readonly PolicyArn?: string }[];
}

/**
 * Parts of the id `<owner>/<policy ARN>`.
 *
 * @throws an error when the id has another form
 */
export function splitAttachmentId(id: string): { readonly owner: string; readonly policyArn: string } {
    const [, owner, policyArn] = /^([^/]+)\/(arn:.+)$/.exec(id) ?? [];
    if (owner === undefined || policyArn === undefined) {
        throw new Error(`"${id}" is not the id of a policy attachment; expected <role or user>/<ARN of the policy>`);
    }
    return { owner, policyArn };
}

/** Whether the policy is on one of the pages. */
export async function isAttached(pages: AsyncIterable<AttachedPoliciesPage>, policyArn: string): Promise<boolean> {
    for await (const page of pages) {
        if (page.AttachedPolicies?.some((policy) => policy.PolicyArn === policyArn)) {
            return true;
        }
    }
    return false;
}
