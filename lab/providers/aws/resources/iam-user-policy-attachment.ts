// aws:iam/userPolicyAttachment:UserPolicyAttachment

import {
    AttachUserPolicyCommand,
    DetachUserPolicyCommand,
    paginateListAttachedUserPolicies,
} from "@aws-sdk/client-iam";
import { isAttached, splitAttachmentId } from "../iam-attachment.ts";
import { ifThere } from "../refusals.ts";
import { resourceType } from "../resource-type.ts";

interface UserPolicyAttachmentInputs {
    readonly policyArn: string;
    readonly user: string;
}

export const userPolicyAttachment = resourceType<UserPolicyAttachmentInputs>({
    token: "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    schema: {
        policyArn: { shape: "string", required: true, change: "replaces" },
        user: { shape: "string", required: true, change: "replaces" },
    },
    computed: [],
    address: ["policyArn", "user"],
    tagged: false,
    global: true,

    async create({ iam }, { inputs: { policyArn, user } }) {
        await iam.send(new AttachUserPolicyCommand({ PolicyArn: policyArn, UserName: user }));
        return { id: `${user}/${policyArn}` };
    },

    async read({ iam }, id) {
        const { owner, policyArn } = splitAttachmentId(id);
        const attached = await ifThere(
            isAttached(paginateListAttachedUserPolicies({ client: iam }, { UserName: owner }), policyArn),
            "NoSuchEntityException",
        );
        return attached ? { properties: { policyArn, user: owner } } : undefined;
    },

    async update() {
        throw new Error("a policy attachment has nothing that can be changed in place");
    },

    async delete({ iam }, id) {
        const { owner, policyArn } = splitAttachmentId(id);
        await ifThere(
            iam.send(new DetachUserPolicyCommand({ PolicyArn: policyArn, UserName: owner })),
            "NoSuchEntityException",
        );
    },
});
