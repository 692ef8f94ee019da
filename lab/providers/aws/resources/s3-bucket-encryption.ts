// aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration

import {
    DeleteBucketEncryptionCommand,
    GetBucketEncryptionCommand,
    PutBucketEncryptionCommand,
    type S3Client,
    type ServerSideEncryption,
} from "@aws-sdk/client-s3";
import { ifThere } from "../refusals.ts";
import { regionRule, resourceType } from "../resource-type.ts";

interface EncryptionRule {
    readonly applyServerSideEncryptionByDefault?: {
        readonly sseAlgorithm: ServerSideEncryption;
        readonly kmsMasterKeyId?: string;
    };
    readonly bucketKeyEnabled?: boolean;
}

interface BucketEncryptionInputs {
    readonly bucket: string;
    readonly region?: string;
    readonly rules: readonly EncryptionRule[];
}

export const bucketEncryption = resourceType<BucketEncryptionInputs>({
    token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    schema: {
        bucket: { shape: "string", required: true, change: "replaces" },
        region: regionRule,
        rules: {
            required: true,
            shape: {
                listOf: {
                    fields: {
                        applyServerSideEncryptionByDefault: {
                            shape: {
                                fields: {
                                    sseAlgorithm: { shape: "string", required: true },
                                    kmsMasterKeyId: { shape: "string" },
                                },
                            },
                        },
                        bucketKeyEnabled: { shape: "boolean" },
                    },
                },
            },
        },
    },
    computed: [],
    address: ["bucket"],
    tagged: false,

    async create({ s3 }, { inputs }) {
        await put(s3, inputs.bucket, inputs.rules);
        return { id: inputs.bucket };
    },

    async read({ s3 }, id) {
        const found = await ifThere(
            s3.send(new GetBucketEncryptionCommand({ Bucket: id })),
            "NoSuchBucket",
            "ServerSideEncryptionConfigurationNotFoundError",
        );
        const rules = found?.ServerSideEncryptionConfiguration?.Rules?.map((rule) => {
            const applied = rule.ApplyServerSideEncryptionByDefault;
            return {
                applyServerSideEncryptionByDefault: applied && {
                    sseAlgorithm: applied.SSEAlgorithm,
                    kmsMasterKeyId: applied.KMSMasterKeyID,
                },
                bucketKeyEnabled: rule.BucketKeyEnabled ?? false,
            };
        });
        return rules && { properties: { bucket: id, rules } };
    },

    async update({ s3 }, id, { inputs }) {
        await put(s3, id, inputs.rules);
    },

    async delete({ s3 }, id) {
        await ifThere(s3.send(new DeleteBucketEncryptionCommand({ Bucket: id })), "NoSuchBucket");
    },
});

async function put(s3: S3Client, name: string, rules: readonly EncryptionRule[]): Promise<void> {
    await s3.send(
        new PutBucketEncryptionCommand({
            Bucket: name,
            ServerSideEncryptionConfiguration: {
                Rules: rules.map((rule) => {
                    const applied = rule.applyServerSideEncryptionByDefault;
                    return {
                        ApplyServerSideEncryptionByDefault: applied && {
                            SSEAlgorithm: applied.sseAlgorithm,
                            KMSMasterKeyID: applied.kmsMasterKeyId,
                        },
                        BucketKeyEnabled: rule.bucketKeyEnabled,
                    };
                }),
            },
        }),
    );
}
