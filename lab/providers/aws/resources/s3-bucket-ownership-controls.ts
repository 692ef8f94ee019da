// aws:s3/bucketOwnershipControls:BucketOwnershipControls

import {
    DeleteBucketOwnershipControlsCommand,
    GetBucketOwnershipControlsCommand,
    type ObjectOwnership,
    PutBucketOwnershipControlsCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { ifThere } from "../refusals.ts";
import { regionRule, resourceType } from "../resource-type.ts";

interface BucketOwnershipControlsInputs {
    readonly bucket: string;
    readonly region?: string;
    readonly rule: { readonly objectOwnership: ObjectOwnership };
}

export const bucketOwnershipControls = resourceType<BucketOwnershipControlsInputs>({
    token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    schema: {
        bucket: { shape: "string", required: true, change: "replaces" },
        region: regionRule,
        rule: { shape: { fields: { objectOwnership: { shape: "string", required: true } } }, required: true },
    },
    computed: [],
    address: ["bucket"],
    tagged: false,

    async create({ s3 }, { inputs }) {
        await put(s3, inputs.bucket, inputs.rule.objectOwnership);
        return { id: inputs.bucket };
    },

    async read({ s3 }, id) {
        const found = await ifThere(
            s3.send(new GetBucketOwnershipControlsCommand({ Bucket: id })),
            "NoSuchBucket",
            "OwnershipControlsNotFoundError",
        );
        const objectOwnership = found?.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
        return objectOwnership && { properties: { bucket: id, rule: { objectOwnership } } };
    },

    async update({ s3 }, id, { inputs }) {
        await put(s3, id, inputs.rule.objectOwnership);
    },

    async delete({ s3 }, id) {
        await ifThere(
            s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket: id })),
            "NoSuchBucket",
            "OwnershipControlsNotFoundError",
        );
    },
});

async function put(s3: S3Client, name: string, ownership: ObjectOwnership): Promise<void> {
    await s3.send(
        new PutBucketOwnershipControlsCommand({
            Bucket: name,
            OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] },
        }),
    );
}
