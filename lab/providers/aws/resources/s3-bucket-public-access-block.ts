// aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock

import {
    DeletePublicAccessBlockCommand,
    GetPublicAccessBlockCommand,
    PutPublicAccessBlockCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { ifThere } from "../refusals.ts";
import { type PropertyRule, regionRule, resourceType } from "../resource-type.ts";

interface BucketPublicAccessBlockInputs {
    readonly bucket: string;
    readonly region?: string;
    readonly blockPublicAcls: boolean;
    readonly blockPublicPolicy: boolean;
    readonly ignorePublicAcls: boolean;
    readonly restrictPublicBuckets: boolean;
}

const flag: PropertyRule = { shape: "boolean", default: false };

export const bucketPublicAccessBlock = resourceType<BucketPublicAccessBlockInputs>({
    token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    schema: {
        bucket: { shape: "string", required: true, change: "replaces" },
        region: regionRule,
        blockPublicAcls: flag,
        blockPublicPolicy: flag,
        ignorePublicAcls: flag,
        restrictPublicBuckets: flag,
    },
    computed: [],
    address: ["bucket"],
    tagged: false,

    async create({ s3 }, { inputs }) {
        await put(s3, inputs.bucket, inputs);
        return { id: inputs.bucket };
    },

    async read({ s3 }, id) {
        const found = await ifThere(
            s3.send(new GetPublicAccessBlockCommand({ Bucket: id })),
            "NoSuchBucket",
            "NoSuchPublicAccessBlockConfiguration",
        );
        const block = found?.PublicAccessBlockConfiguration;
        return (
            block && {
                properties: {
                    bucket: id,
                    blockPublicAcls: block.BlockPublicAcls ?? false,
                    blockPublicPolicy: block.BlockPublicPolicy ?? false,
                    ignorePublicAcls: block.IgnorePublicAcls ?? false,
                    restrictPublicBuckets: block.RestrictPublicBuckets ?? false,
                },
            }
        );
    },

    async update({ s3 }, id, { inputs }) {
        await put(s3, id, inputs);
    },

    async delete({ s3 }, id) {
        await ifThere(s3.send(new DeletePublicAccessBlockCommand({ Bucket: id })), "NoSuchBucket");
    },
});

async function put(s3: S3Client, name: string, inputs: BucketPublicAccessBlockInputs): Promise<void> {
    await s3.send(
        new PutPublicAccessBlockCommand({
            Bucket: name,
            PublicAccessBlockConfiguration: {
                BlockPublicAcls: inputs.blockPublicAcls,
                BlockPublicPolicy: inputs.blockPublicPolicy,
                IgnorePublicAcls: inputs.ignorePublicAcls,
                RestrictPublicBuckets: inputs.restrictPublicBuckets,
            },
        }),
    );
}
