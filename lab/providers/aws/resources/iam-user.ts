// aws:iam/user:User. Renaming and moving a user in place are not covered.

import {
    CreateUserCommand,
    DeleteAccessKeyCommand,
    DeleteUserCommand,
    DeleteUserPermissionsBoundaryCommand,
    GetUserCommand,
    type IAMClient,
    ListAccessKeysCommand,
    PutUserPermissionsBoundaryCommand,
    TagUserCommand,
    UntagUserCommand,
} from "@aws-sdk/client-iam";
import { ifThere } from "../refusals.ts";
import { resourceType, tagsRule } from "../resource-type.ts";
import { fromAwsTags, removedTags, type Tags, toAwsTags } from "../tags.ts";

interface UserInputs {
    readonly forceDestroy: boolean;
    readonly name: string;
    readonly path: string;
    readonly permissionsBoundary?: string;
    readonly tags?: Tags;
}

export const user = resourceType<UserInputs>({
    token: "aws:iam/user:User",
    schema: {
        forceDestroy: { shape: "boolean", default: false },
        name: { shape: "string", change: "is not covered" },
        path: { shape: "string", default: "/", change: "is not covered" },
        permissionsBoundary: { shape: "string" },
        tags: tagsRule,
    },
    computed: ["arn", "uniqueId"],
    autoNamed: { property: "name", maxLength: 64 },
    address: ["name"],
    tagged: true,
    global: true,

    async create({ iam }, { inputs, tags }) {
        await iam.send(
            new CreateUserCommand({
                Path: inputs.path,
                PermissionsBoundary: inputs.permissionsBoundary,
                Tags: toAwsTags(tags),
                UserName: inputs.name,
            }),
        );
        return { id: inputs.name };
    },

    async read({ iam }, id) {
        const found = await ifThere(iam.send(new GetUserCommand({ UserName: id })), "NoSuchEntityException");
        const shown = found?.User;
        return (
            shown && {
                properties: {
                    arn: shown.Arn,
                    name: shown.UserName,
                    path: shown.Path,
                    permissionsBoundary: shown.PermissionsBoundary?.PermissionsBoundaryArn,
                    uniqueId: shown.UserId,
                },
                tags: fromAwsTags(shown.Tags),
            }
        );
    },

    async update({ iam }, id, { inputs, tags }, changed, previous) {
        const UserName = id;
        if (changed.has("permissionsBoundary") && inputs.permissionsBoundary !== undefined) {
            const PermissionsBoundary = inputs.permissionsBoundary;
            await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
        } else if (changed.has("permissionsBoundary")) {
            await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
        }
        if (changed.has("tags")) {
            const removed = removedTags(previous, tags);
            if (removed.length > 0) {
                await iam.send(new UntagUserCommand({ UserName, TagKeys: removed }));
            }
            await iam.send(new TagUserCommand({ UserName, Tags: toAwsTags(tags) }));
        }
    },

    async delete({ iam }, id, state) {
        if (state.forceDestroy === true) {
            await ifThere(deleteAccessKeys(iam, id), "NoSuchEntityException");
        }
        await ifThere(iam.send(new DeleteUserCommand({ UserName: id })), "NoSuchEntityException");
    },
});

/** Deletes the access keys that were made outside the stack; those of the stack are gone before their user. */
async function deleteAccessKeys(iam: IAMClient, name: string): Promise<void> {
    // A user has two keys at most (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: name }));
    for (const { AccessKeyId } of AccessKeyMetadata) {
        await iam.send(new DeleteAccessKeyCommand({ UserName: name, AccessKeyId }));
    }
}
