import assert from "node:assert/strict";
import fc from "fast-check";
import { AwsProvider } from "../../../../lab/providers/aws/provider.ts";
import { unknown } from "../../../../lab/providers/protocol/property-values.ts";

const seed = new Uint8Array(16);
const check = (token: string, inputs: Parameters<typeof AwsProvider.check>[2], previous?: typeof inputs) =>
    AwsProvider.check(token, "Archive", inputs, previous, seed);
const reasons = (token: string, inputs: Parameters<typeof AwsProvider.check>[2]) =>
    check(token, inputs).problems.map(({ property, reason }) => `${property} ${reason}`);

describe("the inputs of an AWS resource", () => {
    it("are filled in with defaults", () => {
        const { inputs, problems } = check("aws:s3/bucket:Bucket", { bucket: "logs" });
        assert.deepEqual(problems, []);
        assert.deepEqual(inputs, { bucket: "logs", forceDestroy: false, objectLockEnabled: false });
    });

    it("get a name made from the resource's, in lower case for a bucket, and keep it", () => {
        const { inputs } = check("aws:s3/bucket:Bucket", {});
        assert.match(String(inputs.bucket), /^archive-[0-9a-f]{7}$/);
        assert.equal(check("aws:s3/bucket:Bucket", {}, { bucket: "archive-1234567" }).inputs.bucket, "archive-1234567");
    });

    it("never get a name longer than AWS takes", () => {
        fc.assert(
            fc.property(fc.string({ minLength: 1, maxLength: 200 }), (name) => {
                const { inputs } = AwsProvider.check("aws:iam/role:Role", name, {}, undefined, seed);
                return String(inputs.name).length <= 64;
            }),
        );
    });

    it("are refused by name when a property is not covered, at any depth", () => {
        const [problem] = reasons("aws:s3/bucket:Bucket", { bucket: "logs", acl: "private" });
        assert.match(
            problem ?? "",
            /^acl is not covered for aws:s3\/bucket:Bucket by the lab's stand-in.*it covers bucket,/,
        );
        const [nested] = reasons("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {
            bucket: "logs",
            rules: [{ id: "a", status: "Enabled", expiration: { date: "2030-01-01" } }],
        });
        assert.match(nested ?? "", /^rules\[0\]\.expiration\.date is not covered/);
    });

    it("are refused when one is missing or of the wrong type, all at once", () => {
        assert.deepEqual(
            reasons("aws:s3/bucketVersioning:BucketVersioning", { versioningConfiguration: { status: 1 } }),
            [
                "bucket is required for aws:s3/bucketVersioning:BucketVersioning",
                "versioningConfiguration.status must be a string, but is number 1",
            ],
        );
    });

    it("may be unknown, wherever they stand", () => {
        assert.deepEqual(reasons("aws:s3/bucketPolicy:BucketPolicy", { bucket: unknown, policy: unknown }), []);
        assert.deepEqual(reasons("aws:s3/bucket:Bucket", { tags: { owner: unknown } }), []);
    });

    it("are refused for a resource type that is not covered, with those that are", () => {
        assert.throws(
            () => check("aws:ec2/vpc:Vpc", {}),
            /resource type aws:ec2\/vpc:Vpc is not covered by the lab's stand-in for the AWS provider; it covers aws:/,
        );
    });
});
