// aws:iam/policy:Policy

import {
    CreatePolicyCommand,
    CreatePolicyVersionCommand,
    DeletePolicyCommand,
    DeletePolicyVersionCommand,
    GetPolicyCommand,
    GetPolicyVersionCommand,
    type IAMClient,
    ListPolicyVersionsCommand,
    TagPolicyCommand,
    UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import { policyText } from "../iam-policy-text.ts";
import { policyRule } from "../json-policy.ts";
import { ifThere } from "../refusals.ts";
import { resourceType, tagsRule } from "../resource-type.ts";
import { fromAwsTags, removedTags, type Tags, toAwsTags } from "../tags.ts";

interface PolicyInputs {
    readonly description?: string;
    readonly name: string;
    readonly path: string;
    readonly policy: string;
    readonly tags?: Tags;
}

/** Versions of a policy that IAM keeps at most (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
const mostVersions = 5;

export const policy = resourceType<PolicyInputs>({
    token: "aws:iam/policy:Policy",
    schema: {
        description: { shape: "string", change: "replaces" },
        name: { shape: "string", change: "replaces" },
        path: { shape: "string", default: "/", change: "replaces" },
        policy: policyRule,
        tags: tagsRule,
    },
    computed: ["arn", "attachmentCount", "policyId"],
    autoNamed: { property: "name", maxLength: 128 },
    address: ["name", "path"],
    tagged: true,
    global: true,

    async create({ iam }, { inputs, tags }) {
        const { Policy } = await iam.send(
            new CreatePolicyCommand({
                Description: inputs.description,
                Path: inputs.path,
                PolicyDocument: inputs.policy,
                PolicyName: inputs.name,
                Tags: toAwsTags(tags),
            }),
        );
        if (Policy?.Arn === undefined) {
            throw new Error(`AWS made policy ${inputs.name} without saying its ARN`);
        }
        return { id: Policy.Arn };
    },

    async read({ iam }, id) {
        const found = await ifThere(iam.send(new GetPolicyCommand({ PolicyArn: id })), "NoSuchEntityException");
        const shown = found?.Policy;
        if (shown === undefined) {
            return undefined;
        }
        const { PolicyVersion } = await iam.send(
            new GetPolicyVersionCommand({ PolicyArn: id, VersionId: shown.DefaultVersionId }),
        );
        return {
            properties: {
                arn: shown.Arn,
                attachmentCount: shown.AttachmentCount,
                description: shown.Description,
                name: shown.PolicyName,
                path: shown.Path,
                policy: policyText(PolicyVersion?.Document),
                policyId: shown.PolicyId,
            },
            tags: fromAwsTags(shown.Tags),
        };
    },

    async update({ iam }, id, { inputs, tags }, changed, previous) {
        const PolicyArn = id;
        if (changed.has("policy")) {
            await makeRoom(iam, id);
            await iam.send(
                new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: inputs.policy, SetAsDefault: true }),
            );
        }
        if (changed.has("tags")) {
            const removed = removedTags(previous, tags);
            if (removed.length > 0) {
                await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: removed }));
            }
            await iam.send(new TagPolicyCommand({ PolicyArn, Tags: toAwsTags(tags) }));
        }
    },

    async delete({ iam }, id) {
        await ifThere(deleteVersions(iam, id), "NoSuchEntityException");
        await ifThere(iam.send(new DeletePolicyCommand({ PolicyArn: id })), "NoSuchEntityException");
    },
});

/** Versions that are not in force, the oldest first. */
async function supersededVersions(iam: IAMClient, arn: string): Promise<string[]> {
    const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: arn }));
    return Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion)
        .toSorted((one, other) => Number(one.CreateDate) - Number(other.CreateDate))
        .map(({ VersionId = "" }) => VersionId);
}

async function makeRoom(iam: IAMClient, arn: string): Promise<void> {
    const superseded = await supersededVersions(iam, arn);
    const [oldest] = superseded;
    if (oldest !== undefined && superseded.length + 1 >= mostVersions) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: oldest }));
    }
}

async function deleteVersions(iam: IAMClient, arn: string): Promise<void> {
    for (const VersionId of await supersededVersions(iam, arn)) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId }));
    }
}
