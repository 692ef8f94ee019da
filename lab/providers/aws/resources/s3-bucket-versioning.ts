// aws:s3/bucketVersioning:BucketVersioning

import { GetBucketVersioningCommand, PutBucketVersioningCommand, type S3Client } from "@aws-sdk/client-s3";
import { ifThere } from "../refusals.ts";
import { regionRule, resourceType } from "../resource-type.ts";

interface BucketVersioningInputs {
    readonly bucket: string;
    readonly region?: string;
    readonly versioningConfiguration: { readonly status: "Enabled" | "Suspended" };
}

export const bucketVersioning = resourceType<BucketVersioningInputs>({
    token: "aws:s3/bucketVersioning:BucketVersioning",
    schema: {
        bucket: { shape: "string", required: true, change: "replaces" },
        region: regionRule,
        versioningConfiguration: { shape: { fields: { status: { shape: "string", required: true } } }, required: true },
    },
    computed: [],
    address: ["bucket"],
    tagged: false,

    async create({ s3 }, { inputs }) {
        await put(s3, inputs.bucket, inputs.versioningConfiguration.status);
        return { id: inputs.bucket };
    },

    async read({ s3 }, id) {
        const found = await ifThere(s3.send(new GetBucketVersioningCommand({ Bucket: id })), "NoSuchBucket");
        return found?.Status && { properties: { bucket: id, versioningConfiguration: { status: found.Status } } };
    },

    async update({ s3 }, id, { inputs }) {
        await put(s3, id, inputs.versioningConfiguration.status);
    },

    async delete({ s3 }, id) {
        // A bucket never loses versioning, and one with Object Lock refuses to have it suspended.
        await ifThere(put(s3, id, "Suspended"), "NoSuchBucket", "InvalidBucketState");
    },
});

async function put(s3: S3Client, name: string, status: "Enabled" | "Suspended"): Promise<void> {
    await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: status } }));
}
