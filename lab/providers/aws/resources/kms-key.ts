// aws:kms/key:Key. Keys of custom key stores are not covered.

import {
    CreateKeyCommand,
    DescribeKeyCommand,
    type DescribeKeyCommandOutput,
    DisableKeyCommand,
    DisableKeyRotationCommand,
    EnableKeyCommand,
    EnableKeyRotationCommand,
    GetKeyPolicyCommand,
    GetKeyRotationStatusCommand,
    type KeySpec,
    type KeyUsageType,
    type KMSClient,
    ListResourceTagsCommand,
    PutKeyPolicyCommand,
    ScheduleKeyDeletionCommand,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import { policyRule } from "../json-policy.ts";
import { ifThere } from "../refusals.ts";
import { regionRule, resourceType, tagsRule } from "../resource-type.ts";
import { removedTags, type Tags } from "../tags.ts";

interface KeyInputs {
    readonly bypassPolicyLockoutSafetyCheck: boolean;
    readonly customerMasterKeySpec: KeySpec;
    readonly deletionWindowInDays?: number;
    readonly description?: string;
    readonly enableKeyRotation: boolean;
    readonly isEnabled: boolean;
    readonly keyUsage: KeyUsageType;
    readonly multiRegion: boolean;
    readonly policy?: string;
    readonly region?: string;
    readonly rotationPeriodInDays?: number;
    readonly tags?: Tags;
}

export const key = resourceType<KeyInputs>({
    token: "aws:kms/key:Key",
    schema: {
        bypassPolicyLockoutSafetyCheck: { shape: "boolean", default: false },
        customerMasterKeySpec: { shape: "string", default: "SYMMETRIC_DEFAULT", change: "replaces" },
        deletionWindowInDays: { shape: "number" },
        description: { shape: "string" },
        enableKeyRotation: { shape: "boolean", default: false },
        isEnabled: { shape: "boolean", default: true },
        keyUsage: { shape: "string", default: "ENCRYPT_DECRYPT", change: "replaces" },
        multiRegion: { shape: "boolean", default: false, change: "replaces" },
        policy: { ...policyRule, required: false },
        region: regionRule,
        rotationPeriodInDays: { shape: "number" },
        tags: tagsRule,
    },
    computed: ["arn", "keyId"],
    address: [],
    tagged: true,

    async create({ kms }, { inputs, tags }) {
        const { KeyMetadata } = await kms.send(
            new CreateKeyCommand({
                BypassPolicyLockoutSafetyCheck: inputs.bypassPolicyLockoutSafetyCheck,
                Description: inputs.description,
                KeySpec: inputs.customerMasterKeySpec,
                KeyUsage: inputs.keyUsage,
                MultiRegion: inputs.multiRegion,
                Policy: inputs.policy,
                Tags: toKmsTags(tags),
            }),
        );
        const id = KeyMetadata?.KeyId;
        if (id === undefined) {
            throw new Error("AWS made a KMS key without saying its id");
        }
        return { id };
    },

    async finish({ kms }, id, { inputs }) {
        if (inputs.enableKeyRotation) {
            await setRotation(kms, id, inputs);
        }
        if (!inputs.isEnabled) {
            await kms.send(new DisableKeyCommand({ KeyId: id }));
        }
    },

    async read({ kms }, id) {
        const metadata = await describe(kms, id);
        if (metadata === undefined) {
            return undefined;
        }
        const KeyId = id;
        const [policy, rotation, tags] = await Promise.all([
            kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" })),
            kms.send(new GetKeyRotationStatusCommand({ KeyId })),
            kms.send(new ListResourceTagsCommand({ KeyId })),
        ]);
        return {
            properties: {
                arn: metadata.Arn,
                customerMasterKeySpec: metadata.KeySpec,
                description: metadata.Description,
                enableKeyRotation: rotation.KeyRotationEnabled ?? false,
                isEnabled: metadata.Enabled ?? false,
                keyId: metadata.KeyId,
                keyUsage: metadata.KeyUsage,
                multiRegion: metadata.MultiRegion ?? false,
                policy: policy.Policy,
                rotationPeriodInDays: rotation.RotationPeriodInDays,
            },
            tags: Object.fromEntries((tags.Tags ?? []).map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue])),
        };
    },

    async update({ kms }, id, { inputs, tags }, changed, previous) {
        const KeyId = id;
        if (changed.has("isEnabled") && inputs.isEnabled) {
            await kms.send(new EnableKeyCommand({ KeyId }));
        }
        if (changed.has("description")) {
            await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: inputs.description ?? "" }));
        }
        if (changed.has("policy") && inputs.policy !== undefined) {
            await kms.send(
                new PutKeyPolicyCommand({
                    KeyId,
                    PolicyName: "default",
                    Policy: inputs.policy,
                    BypassPolicyLockoutSafetyCheck: inputs.bypassPolicyLockoutSafetyCheck,
                }),
            );
        }
        if (changed.has("enableKeyRotation") || changed.has("rotationPeriodInDays")) {
            await setRotation(kms, id, inputs);
        }
        if (changed.has("isEnabled") && !inputs.isEnabled) {
            await kms.send(new DisableKeyCommand({ KeyId }));
        }
        if (changed.has("tags")) {
            await retag(kms, id, previous, tags);
        }
    },

    async delete({ kms }, id, state) {
        if ((await describe(kms, id)) !== undefined) {
            const window = state.deletionWindowInDays;
            await kms.send(
                new ScheduleKeyDeletionCommand({
                    KeyId: id,
                    ...(typeof window === "number" && { PendingWindowInDays: window }),
                }),
            );
        }
    },
});

/** The key's metadata; `undefined` also when its deletion is scheduled, because nothing can be done with it then. */
async function describe(kms: KMSClient, id: string): Promise<DescribeKeyCommandOutput["KeyMetadata"]> {
    const found = await ifThere(kms.send(new DescribeKeyCommand({ KeyId: id })), "NotFoundException");
    return found?.KeyMetadata?.KeyState === "PendingDeletion" ? undefined : found?.KeyMetadata;
}

async function setRotation(kms: KMSClient, id: string, inputs: KeyInputs): Promise<void> {
    await kms.send(
        inputs.enableKeyRotation
            ? new EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: inputs.rotationPeriodInDays })
            : new DisableKeyRotationCommand({ KeyId: id }),
    );
}

async function retag(kms: KMSClient, id: string, previous: Tags, wanted: Tags): Promise<void> {
    const removed = removedTags(previous, wanted);
    if (removed.length > 0) {
        await kms.send(new UntagResourceCommand({ KeyId: id, TagKeys: removed }));
    }
    if (Object.keys(wanted).length > 0) {
        await kms.send(new TagResourceCommand({ KeyId: id, Tags: toKmsTags(wanted) }));
    }
}

function toKmsTags(tags: Tags): { TagKey: string; TagValue: string }[] {
    return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}
