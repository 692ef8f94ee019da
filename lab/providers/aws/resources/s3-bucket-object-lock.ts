// aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration

import {
    GetObjectLockConfigurationCommand,
    type ObjectLockRetentionMode,
    PutObjectLockConfigurationCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { ifThere } from "../refusals.ts";
import { regionRule, resourceType } from "../resource-type.ts";

interface LockRule {
    readonly defaultRetention: {
        readonly mode: ObjectLockRetentionMode;
        readonly days?: number;
        readonly years?: number;
    };
}

interface BucketObjectLockInputs {
    readonly bucket: string;
    readonly objectLockEnabled: "Enabled";
    readonly region?: string;
    readonly rule?: LockRule;
}

export const bucketObjectLock = resourceType<BucketObjectLockInputs>({
    token: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    schema: {
        bucket: { shape: "string", required: true, change: "replaces" },
        objectLockEnabled: { shape: "string", default: "Enabled", change: "replaces" },
        region: regionRule,
        rule: {
            shape: {
                fields: {
                    defaultRetention: {
                        required: true,
                        shape: {
                            fields: {
                                mode: { shape: "string", required: true },
                                days: { shape: "number" },
                                years: { shape: "number" },
                            },
                        },
                    },
                },
            },
        },
    },
    computed: [],
    address: ["bucket"],
    tagged: false,

    async create({ s3 }, { inputs }) {
        await put(s3, inputs.bucket, inputs.rule);
        return { id: inputs.bucket };
    },

    async read({ s3 }, id) {
        const found = await ifThere(
            s3.send(new GetObjectLockConfigurationCommand({ Bucket: id })),
            "NoSuchBucket",
            "ObjectLockConfigurationNotFoundError",
        );
        const configuration = found?.ObjectLockConfiguration;
        const retention = configuration?.Rule?.DefaultRetention;
        return (
            configuration && {
                properties: {
                    bucket: id,
                    objectLockEnabled: configuration.ObjectLockEnabled,
                    rule: retention && {
                        // Retention is in days or in years; moto shows the other one as 0, AWS not at all.
                        defaultRetention: {
                            mode: retention.Mode,
                            days: retention.Days || undefined,
                            years: retention.Years || undefined,
                        },
                    },
                },
            }
        );
    },

    async update({ s3 }, id, { inputs }) {
        await put(s3, id, inputs.rule);
    },

    async delete({ s3 }, id) {
        // Object Lock cannot be switched off again; without a rule new objects are no longer locked.
        await ifThere(put(s3, id, undefined), "NoSuchBucket");
    },
});

async function put(s3: S3Client, name: string, rule: LockRule | undefined): Promise<void> {
    const retention = rule?.defaultRetention;
    await s3.send(
        new PutObjectLockConfigurationCommand({
            Bucket: name,
            ObjectLockConfiguration: {
                ObjectLockEnabled: "Enabled",
                Rule: retention && {
                    DefaultRetention: { Mode: retention.mode, Days: retention.days, Years: retention.years },
                },
            },
        }),
    );
}
