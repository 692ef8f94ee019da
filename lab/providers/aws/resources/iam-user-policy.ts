// aws:iam/userPolicy:UserPolicy

import { DeleteUserPolicyCommand, GetUserPolicyCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { policyText, splitInlinePolicyId } from "../iam-policy-text.ts";
import { policyRule } from "../json-policy.ts";
import { ifThere } from "../refusals.ts";
import { resourceType } from "../resource-type.ts";

interface UserPolicyInputs {
    readonly name: string;
    readonly policy: string;
    readonly user: string;
}

export const userPolicy = resourceType<UserPolicyInputs>({
    token: "aws:iam/userPolicy:UserPolicy",
    schema: {
        name: { shape: "string", change: "replaces" },
        policy: policyRule,
        user: { shape: "string", required: true, change: "replaces" },
    },
    computed: [],
    autoNamed: { property: "name", maxLength: 128 },
    address: ["name", "user"],
    tagged: false,
    global: true,

    async create({ iam }, { inputs }) {
        const { name, policy, user } = inputs;
        await iam.send(new PutUserPolicyCommand({ PolicyDocument: policy, PolicyName: name, UserName: user }));
        return { id: `${user}:${name}` };
    },

    async read({ iam }, id) {
        const [user, name] = splitInlinePolicyId(id);
        const found = await ifThere(
            iam.send(new GetUserPolicyCommand({ PolicyName: name, UserName: user })),
            "NoSuchEntityException",
        );
        return found && { properties: { name, policy: policyText(found.PolicyDocument), user } };
    },

    async update({ iam }, _id, { inputs }) {
        const { name, policy, user } = inputs;
        await iam.send(new PutUserPolicyCommand({ PolicyDocument: policy, PolicyName: name, UserName: user }));
    },

    async delete({ iam }, id) {
        const [user, name] = splitInlinePolicyId(id);
        await ifThere(
            iam.send(new DeleteUserPolicyCommand({ PolicyName: name, UserName: user })),
            "NoSuchEntityException",
        );
    },
});
