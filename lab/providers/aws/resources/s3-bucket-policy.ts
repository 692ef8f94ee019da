// aws:s3/bucketPolicy:BucketPolicy

import { DeleteBucketPolicyCommand, GetBucketPolicyCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { policyRule } from "../json-policy.ts";
import { ifThere } from "../refusals.ts";
import { regionRule, resourceType } from "../resource-type.ts";

interface BucketPolicyInputs {
    readonly bucket: string;
    readonly policy: string;
    readonly region?: string;
}

export const bucketPolicy = resourceType<BucketPolicyInputs>({
    token: "aws:s3/bucketPolicy:BucketPolicy",
    schema: {
        bucket: { shape: "string", required: true, change: "replaces" },
        policy: policyRule,
        region: regionRule,
    },
    computed: [],
    address: ["bucket"],
    tagged: false,

    async create({ s3 }, { inputs }) {
        await s3.send(new PutBucketPolicyCommand({ Bucket: inputs.bucket, Policy: inputs.policy }));
        return { id: inputs.bucket };
    },

    async read({ s3 }, id) {
        const found = await ifThere(
            s3.send(new GetBucketPolicyCommand({ Bucket: id })),
            "NoSuchBucket",
            "NoSuchBucketPolicy",
        );
        return found?.Policy ? { properties: { bucket: id, policy: found.Policy } } : undefined;
    },

    async update({ s3 }, id, { inputs }) {
        await s3.send(new PutBucketPolicyCommand({ Bucket: id, Policy: inputs.policy }));
    },

    async delete({ s3 }, id) {
        await ifThere(s3.send(new DeleteBucketPolicyCommand({ Bucket: id })), "NoSuchBucket", "NoSuchBucketPolicy");
    },
});
