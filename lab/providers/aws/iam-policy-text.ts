// How IAM names and writes policies that live inside a role or a user.

/** The policy that IAM returns, which it writes percent-encoded. */
export function policyText(document: string | undefined): string {
    return decodeURIComponent(document ?? "");
}

/**
 * Owner and policy name of the id `<owner>:<policy>`.
 *
 * @throws an error when the id has another form
 */
export function splitInlinePolicyId(id: string): readonly [owner: string, policy: string] {
    const [owner, policy, ...rest] = id.split(":");
    if (!owner || !policy || rest.length > 0) {
        throw new Error(
            `"${id}" is not the id of a policy inside a role or user; expected <role or user>:<policy name>`,
        );
    }
    return [owner, policy];
}
