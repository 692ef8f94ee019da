// aws:iam/rolePolicyAttachment:RolePolicyAttachment

import {
    AttachRolePolicyCommand,
    DetachRolePolicyCommand,
    paginateListAttachedRolePolicies,
} from "@aws-sdk/client-iam";
import { isAttached, splitAttachmentId } from "../iam-attachment.ts";
import { ifThere } from "../refusals.ts";
import { resourceType } from "../resource-type.ts";

interface RolePolicyAttachmentInputs {
    readonly policyArn: string;
    readonly role: string;
}

export const rolePolicyAttachment = resourceType<RolePolicyAttachmentInputs>({
    token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    schema: {
        policyArn: { shape: "string", required: true, change: "replaces" },
        role: { shape: "string", required: true, change: "replaces" },
    },
    computed: [],
    address: ["policyArn", "role"],
    tagged: false,
    global: true,

    async create({ iam }, { inputs: { policyArn, role } }) {
        await iam.send(new AttachRolePolicyCommand({ PolicyArn: policyArn, RoleName: role }));
        return { id: `${role}/${policyArn}` };
    },

    async read({ iam }, id) {
        const { owner, policyArn } = splitAttachmentId(id);
        const attached = await ifThere(
            isAttached(paginateListAttachedRolePolicies({ client: iam }, { RoleName: owner }), policyArn),
            "NoSuchEntityException",
        );
        return attached ? { properties: { policyArn, role: owner } } : undefined;
    },

    async update() {
        throw new Error("a policy attachment has nothing that can be changed in place");
    },

    async delete({ iam }, id) {
        const { owner, policyArn } = splitAttachmentId(id);
        await ifThere(
            iam.send(new DetachRolePolicyCommand({ PolicyArn: policyArn, RoleName: owner })),
            "NoSuchEntityException",
        );
    },
});
