import assert from "node:assert/strict";
import { planChange, previewState } from "../../../../lab/providers/aws/change-plan.ts";
import type { PlannedProperties } from "../../../../lab/providers/aws/planned-value.ts";
import type { Properties, ResourceType } from "../../../../lab/providers/aws/resource-type.ts";
import { resourceTypes } from "../../../../lab/providers/aws/resource-types.ts";
import { unknown } from "../../../../lab/providers/protocol/property-values.ts";

const defaults = { region: "us-east-1", tags: { project: "chattingo" } };

function type(token: string): ResourceType {
    const found = resourceTypes.get(token);
    assert.ok(found);
    return found;
}

const bucket = type("aws:s3/bucket:Bucket");
const inputs = { bucket: "logs", forceDestroy: false, objectLockEnabled: false };
const state: Properties = { ...inputs, region: "us-east-1", tagsAll: { project: "chattingo" } };
const plan = (after: PlannedProperties, settings = defaults) => planChange(bucket, { inputs, state }, after, settings);

describe("the plan for a changed AWS resource", () => {
    it("is empty when nothing has changed", () => {
        assert.deepEqual(plan(inputs), { changes: [], deleteBeforeReplace: false });
    });

    it("is empty when the program now says the region in which the resource is", () => {
        assert.deepEqual(plan({ ...inputs, region: "us-east-1" }).changes, []);
    });

    it("replaces the resource when the provider's region changes", () => {
        const { changes, deleteBeforeReplace } = plan(inputs, { ...defaults, region: "eu-west-1" });
        assert.deepEqual(changes, [{ path: "region", kind: "update", property: "region", replaces: true }]);
        assert.ok(deleteBeforeReplace);
    });

    it("makes the new one first when it has another name, and last when it has the same", () => {
        assert.ok(!plan({ ...inputs, bucket: "other" }).deleteBeforeReplace);
        assert.ok(!plan({ ...inputs, bucket: unknown }).deleteBeforeReplace);
        assert.ok(plan({ ...inputs, objectLockEnabled: true }).deleteBeforeReplace);
    });

    it("changes tags in place, also those that every resource gets from the provider", () => {
        const own = plan({ ...inputs, tags: { owner: "logging" } });
        assert.deepEqual(own.changes, [{ path: "tags", kind: "add", property: "tags", replaces: false }]);
        const inherited = plan(inputs, { ...defaults, tags: { project: "other" } });
        assert.deepEqual(inherited.changes, [
            { path: "tagsAll.project", kind: "update", property: "tags", replaces: false },
        ]);
    });

    it("takes a policy with another order of actions for the same", () => {
        const rolePolicy = type("aws:iam/rolePolicy:RolePolicy");
        const policy = (...actions: readonly string[]) => JSON.stringify({ Statement: [{ Action: actions }] });
        const before = { name: "put", role: "uploader", policy: policy("a", "b") };
        const { changes } = planChange(
            rolePolicy,
            { inputs: before, state: before },
            { ...before, policy: policy("b", "a") },
            defaults,
        );
        assert.deepEqual(changes, []);
    });

    it("refuses a change that is not covered, by name", () => {
        const user = type("aws:iam/user:User");
        const before = { name: "uploader", path: "/", forceDestroy: false };
        assert.throws(
            () =>
                planChange(
                    user,
                    { inputs: before, state: { ...before, tagsAll: {} } },
                    { ...before, name: "other" },
                    defaults,
                ),
            /changing name of aws:iam\/user:User is not covered/,
        );
    });
});

describe("the preview of an AWS resource", () => {
    it("knows the inputs, the region and all tags of a new one, and nothing that AWS decides", () => {
        const shown = previewState(bucket, { ...inputs, tags: { owner: "logging" } }, defaults, undefined);
        assert.equal(shown.bucket, "logs");
        assert.equal(shown.region, "us-east-1");
        assert.deepEqual(shown.tagsAll, { project: "chattingo", owner: "logging" });
        assert.equal(shown.arn, unknown);
    });

    it("keeps what AWS decided for one that is there", () => {
        const shown = previewState(bucket, inputs, defaults, { ...state, arn: "arn:aws:s3:::logs" });
        assert.equal(shown.arn, "arn:aws:s3:::logs");
    });
});
