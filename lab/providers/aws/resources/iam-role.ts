// aws:iam/role:Role. Policies inside the role (`inlinePolicies`, `managedPolicyArns`) are not covered: they are
// resources of their own.

import {
    CreateRoleCommand,
    DeleteRoleCommand,
    DeleteRolePermissionsBoundaryCommand,
    DetachRolePolicyCommand,
    GetRoleCommand,
    type IAMClient,
    PutRolePermissionsBoundaryCommand,
    paginateListAttachedRolePolicies,
    TagRoleCommand,
    UntagRoleCommand,
    UpdateAssumeRolePolicyCommand,
    UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { policyText } from "../iam-policy-text.ts";
import { policyRule } from "../json-policy.ts";
import { ifThere } from "../refusals.ts";
import { resourceType, tagsRule } from "../resource-type.ts";
import { fromAwsTags, removedTags, type Tags, toAwsTags } from "../tags.ts";

interface RoleInputs {
    readonly assumeRolePolicy: string;
    readonly description?: string;
    readonly forceDetachPolicies: boolean;
    readonly maxSessionDuration: number;
    readonly name: string;
    readonly path: string;
    readonly permissionsBoundary?: string;
    readonly tags?: Tags;
}

export const role = resourceType<RoleInputs>({
    token: "aws:iam/role:Role",
    schema: {
        assumeRolePolicy: policyRule,
        description: { shape: "string" },
        forceDetachPolicies: { shape: "boolean", default: false },
        maxSessionDuration: { shape: "number", default: 3600 },
        name: { shape: "string", change: "replaces" },
        path: { shape: "string", default: "/", change: "replaces" },
        permissionsBoundary: { shape: "string" },
        tags: tagsRule,
    },
    computed: ["arn", "createDate", "uniqueId"],
    autoNamed: { property: "name", maxLength: 64 },
    address: ["name"],
    tagged: true,
    global: true,

    async create({ iam }, { inputs, tags }) {
        await iam.send(
            new CreateRoleCommand({
                AssumeRolePolicyDocument: inputs.assumeRolePolicy,
                Description: inputs.description,
                MaxSessionDuration: inputs.maxSessionDuration,
                Path: inputs.path,
                PermissionsBoundary: inputs.permissionsBoundary,
                RoleName: inputs.name,
                Tags: toAwsTags(tags),
            }),
        );
        return { id: inputs.name };
    },

    async read({ iam }, id) {
        const found = await ifThere(iam.send(new GetRoleCommand({ RoleName: id })), "NoSuchEntityException");
        const shown = found?.Role;
        return (
            shown && {
                properties: {
                    arn: shown.Arn,
                    assumeRolePolicy: policyText(shown.AssumeRolePolicyDocument),
                    createDate: shown.CreateDate?.toISOString(),
                    description: shown.Description,
                    maxSessionDuration: shown.MaxSessionDuration,
                    name: shown.RoleName,
                    path: shown.Path,
                    permissionsBoundary: shown.PermissionsBoundary?.PermissionsBoundaryArn,
                    uniqueId: shown.RoleId,
                },
                tags: fromAwsTags(shown.Tags),
            }
        );
    },

    async update({ iam }, id, { inputs, tags }, changed, previous) {
        const RoleName = id;
        if (changed.has("assumeRolePolicy")) {
            await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: inputs.assumeRolePolicy }));
        }
        if (changed.has("description") || changed.has("maxSessionDuration")) {
            await iam.send(
                new UpdateRoleCommand({
                    RoleName,
                    Description: inputs.description ?? "",
                    MaxSessionDuration: inputs.maxSessionDuration,
                }),
            );
        }
        if (changed.has("permissionsBoundary") && inputs.permissionsBoundary !== undefined) {
            const PermissionsBoundary = inputs.permissionsBoundary;
            await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
        } else if (changed.has("permissionsBoundary")) {
            await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
        }
        if (changed.has("tags")) {
            const removed = removedTags(previous, tags);
            if (removed.length > 0) {
                await iam.send(new UntagRoleCommand({ RoleName, TagKeys: removed }));
            }
            await iam.send(new TagRoleCommand({ RoleName, Tags: toAwsTags(tags) }));
        }
    },

    async delete({ iam }, id, state) {
        if (state.forceDetachPolicies === true) {
            await ifThere(detachPolicies(iam, id), "NoSuchEntityException");
        }
        await ifThere(iam.send(new DeleteRoleCommand({ RoleName: id })), "NoSuchEntityException");
    },
});

async function detachPolicies(iam: IAMClient, name: string): Promise<void> {
    for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName: name })) {
        for (const { PolicyArn } of page.AttachedPolicies ?? []) {
            await iam.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
        }
    }
}
