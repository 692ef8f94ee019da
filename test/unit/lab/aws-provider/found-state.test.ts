import assert from "node:assert/strict";
import fc from "fast-check";
import { equivalent } from "../../../../lab/providers/aws/equivalence.ts";
import { importedInputs, inputsFrom, stateFrom } from "../../../../lab/providers/aws/found-state.ts";
import { resourceTypes } from "../../../../lab/providers/aws/resource-types.ts";
import { fromAws, toAws } from "../../../../lab/providers/aws/resources/s3-bucket-lifecycle.ts";

const provider = { region: "us-east-1", tags: { project: "chattingo" } };
const bucket = resourceTypes.get("aws:s3/bucket:Bucket");
const rolePolicy = resourceTypes.get("aws:iam/rolePolicy:RolePolicy");
assert.ok(bucket && rolePolicy);

describe("the state of an AWS resource", () => {
    it("keeps the text of a policy that AWS returns in another form", () => {
        const known = { name: "put", role: "uploader", policy: '{"Statement":[{"Action":["a"]}]}' };
        const shown = { ...known, policy: '{ "Statement": { "Action": "a" } }' };
        assert.equal(stateFrom(rolePolicy, known, { properties: shown }, provider).policy, known.policy);
    });

    it("keeps what AWS does not show", () => {
        const found = { properties: { bucket: "logs" }, tags: {} };
        assert.equal(stateFrom(bucket, { bucket: "logs", forceDestroy: true }, found, provider).forceDestroy, true);
    });

    it("tells the resource's own tags from the provider's", () => {
        const found = { properties: { bucket: "logs" }, tags: { project: "chattingo", owner: "ops" } };
        const state = stateFrom(bucket, { bucket: "logs", tags: { owner: "logging" } }, found, provider);
        assert.deepEqual(state.tags, { owner: "ops" });
        assert.deepEqual(state.tagsAll, found.tags);
    });

    it("leads to the same inputs when nothing has drifted, and to what is there when something has", () => {
        const inputs = { bucket: "logs", forceDestroy: false, objectLockEnabled: false };
        const state = { ...inputs, region: "us-east-1", tagsAll: {} };
        assert.deepEqual(inputsFrom(bucket, { inputs, state }, state), {
            ...inputs,
            region: undefined,
            tags: undefined,
        });
        const drifted = { ...state, tags: { owner: "nobody" } };
        assert.deepEqual(inputsFrom(bucket, { inputs, state }, drifted).tags, { owner: "nobody" });
    });

    it("leads to the inputs that differ from the defaults when it is imported", () => {
        const state = { bucket: "logs", objectLockEnabled: true, forceDestroy: undefined, region: "us-east-1" };
        assert.deepEqual(importedInputs(bucket, state), { bucket: "logs", objectLockEnabled: true });
    });
});

describe("a lifecycle rule", () => {
    it("means the same after it went to S3 and came back", () => {
        const days = fc.integer({ min: 1, max: 3000 });
        const rule = fc.record(
            {
                id: fc.string({ minLength: 1 }),
                status: fc.constantFrom("Enabled" as const, "Disabled" as const),
                filter: fc.record({ prefix: fc.string() }, { requiredKeys: [] }),
                expiration: fc.record({ days }),
                transitions: fc.array(
                    fc.record({ days, storageClass: fc.constantFrom("GLACIER" as const, "DEEP_ARCHIVE" as const) }),
                ),
                noncurrentVersionExpiration: fc.record({ noncurrentDays: days }),
                abortIncompleteMultipartUpload: fc.record({ daysAfterInitiation: days }),
            },
            { requiredKeys: ["id", "status"] },
        );
        fc.assert(fc.property(rule, (one) => equivalent({ shape: "string" }, one, fromAws(toAws(one)))));
    });
});
