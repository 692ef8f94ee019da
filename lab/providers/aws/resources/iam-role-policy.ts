// aws:iam/rolePolicy:RolePolicy

import { DeleteRolePolicyCommand, GetRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { policyText, splitInlinePolicyId } from "../iam-policy-text.ts";
import { policyRule } from "../json-policy.ts";
import { ifThere } from "../refusals.ts";
import { resourceType } from "../resource-type.ts";

interface RolePolicyInputs {
    readonly name: string;
    readonly policy: string;
    readonly role: string;
}

export const rolePolicy = resourceType<RolePolicyInputs>({
    token: "aws:iam/rolePolicy:RolePolicy",
    schema: {
        name: { shape: "string", change: "replaces" },
        policy: policyRule,
        role: { shape: "string", required: true, change: "replaces" },
    },
    computed: [],
    autoNamed: { property: "name", maxLength: 128 },
    address: ["name", "role"],
    tagged: false,
    global: true,

    async create({ iam }, { inputs }) {
        const { name, policy, role } = inputs;
        await iam.send(new PutRolePolicyCommand({ PolicyDocument: policy, PolicyName: name, RoleName: role }));
        return { id: `${role}:${name}` };
    },

    async read({ iam }, id) {
        const [role, name] = splitInlinePolicyId(id);
        const found = await ifThere(
            iam.send(new GetRolePolicyCommand({ PolicyName: name, RoleName: role })),
            "NoSuchEntityException",
        );
        return found && { properties: { name, policy: policyText(found.PolicyDocument), role } };
    },

    async update({ iam }, _id, { inputs }) {
        const { name, policy, role } = inputs;
        await iam.send(new PutRolePolicyCommand({ PolicyDocument: policy, PolicyName: name, RoleName: role }));
    },

    async delete({ iam }, id) {
        const [role, name] = splitInlinePolicyId(id);
        await ifThere(
            iam.send(new DeleteRolePolicyCommand({ PolicyName: name, RoleName: role })),
            "NoSuchEntityException",
        );
    },
});
