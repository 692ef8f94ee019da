// aws:s3/bucket:Bucket. What belongs to a bucket (versioning, policy, lifecycle, ...) has resource types of its own; the
// properties of Bucket that duplicate them are not covered.

import {
    CreateBucketCommand,
    DeleteBucketCommand,
    DeleteBucketTaggingCommand,
    DeleteObjectsCommand,
    GetBucketTaggingCommand,
    GetObjectLockConfigurationCommand,
    HeadBucketCommand,
    ListObjectVersionsCommand,
    PutBucketTaggingCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { partitionOf } from "../partition.ts";
import { ifThere } from "../refusals.ts";
import { regionRule, resourceType, tagsRule } from "../resource-type.ts";
import { fromAwsTags, type Tags, toAwsTags } from "../tags.ts";

interface BucketInputs {
    readonly bucket: string;
    readonly forceDestroy: boolean;
    readonly objectLockEnabled: boolean;
    readonly region?: string;
    readonly tags?: Tags;
}

const notThere = ["NotFound", "NoSuchBucket"] as const;

export const bucket = resourceType<BucketInputs>({
    token: "aws:s3/bucket:Bucket",
    schema: {
        bucket: { shape: "string", change: "replaces" },
        forceDestroy: { shape: "boolean", default: false },
        objectLockEnabled: { shape: "boolean", default: false, change: "replaces" },
        region: regionRule,
        tags: tagsRule,
    },
    computed: ["arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName"],
    autoNamed: { property: "bucket", maxLength: 63, lowerCase: true },
    address: ["bucket"],
    tagged: true,

    async create({ s3, region }, { inputs }) {
        const name = inputs.bucket;
        if (await ifThere(s3.send(new HeadBucketCommand({ Bucket: name })), ...notThere)) {
            throw new Error(
                `bucket ${name} is there already; choose another name or import it (pulumi import aws:s3/bucket:Bucket <name> ${name})`,
            );
        }
        await s3.send(
            new CreateBucketCommand({
                Bucket: name,
                ObjectLockEnabledForBucket: inputs.objectLockEnabled,
                // us-east-1 is where a bucket goes without a constraint, and is refused as one:
                // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
                ...(region !== "us-east-1" && { CreateBucketConfiguration: { LocationConstraint: region as never } }),
            }),
        );
        return { id: name };
    },

    async finish({ s3 }, id, { tags }) {
        if (Object.keys(tags).length > 0) {
            await putTags(s3, id, tags);
        }
    },

    async read({ s3, region }, id) {
        const Bucket = id;
        const head = await ifThere(s3.send(new HeadBucketCommand({ Bucket })), ...notThere);
        if (!head) {
            return undefined;
        }
        const [lock, tagging] = await Promise.all([
            ifThere(s3.send(new GetObjectLockConfigurationCommand({ Bucket })), "ObjectLockConfigurationNotFoundError"),
            ifThere(s3.send(new GetBucketTaggingCommand({ Bucket })), "NoSuchTagSet"),
        ]);
        const { name, dnsSuffix } = partitionOf(region);
        return {
            properties: {
                bucket: id,
                objectLockEnabled: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
                arn: `arn:${name}:s3:::${id}`,
                bucketDomainName: `${id}.s3.${dnsSuffix}`,
                bucketRegion: head.BucketRegion ?? region,
                bucketRegionalDomainName: `${id}.s3.${region}.${dnsSuffix}`,
            },
            tags: fromAwsTags(tagging?.TagSet),
        };
    },

    async update({ s3 }, id, { tags }, changed) {
        if (changed.has("tags")) {
            await putTags(s3, id, tags);
        }
    },

    async delete({ s3 }, id, state) {
        if (state.forceDestroy === true) {
            await ifThere(empty(s3, id, state.objectLockEnabled === true), ...notThere);
        }
        try {
            await ifThere(s3.send(new DeleteBucketCommand({ Bucket: id })), ...notThere);
        } catch (error) {
            if (error instanceof Error && error.name === "BucketNotEmpty") {
                throw new Error(
                    `bucket ${id} is not empty, so it is not deleted; set forceDestroy: true and run pulumi up first to lose its objects, or retainOnDelete: true to keep the bucket`,
                    { cause: error },
                );
            }
            throw error;
        }
    },
});

async function putTags(s3: S3Client, name: string, tags: Tags): Promise<void> {
    if (Object.keys(tags).length === 0) {
        await s3.send(new DeleteBucketTaggingCommand({ Bucket: name }));
    } else {
        await s3.send(new PutBucketTaggingCommand({ Bucket: name, Tagging: { TagSet: toAwsTags(tags) } }));
    }
}

/**
 * Deletes every version of every object, a page of at most 1,000 at a time. With Object Lock, that includes what is
 * retained in governance mode; compliance mode yields to no one.
 */
async function empty(s3: S3Client, name: string, locked: boolean): Promise<void> {
    for (;;) {
        const page = await s3.send(new ListObjectVersionsCommand({ Bucket: name }));
        const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
        if (versions.length === 0) {
            return;
        }
        const Objects = versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
        const { Errors = [] } = await s3.send(
            new DeleteObjectsCommand({
                Bucket: name,
                Delete: { Objects },
                ...(locked && { BypassGovernanceRetention: true }),
            }),
        );
        const [first] = Errors;
        if (first) {
            throw new Error(
                `${Errors.length} objects of bucket ${name} cannot be deleted, the first of them ${first.Key}: ${first.Code} ${first.Message}`,
            );
        }
    }
}
