import assert from "node:assert/strict";
import { differences, equivalent } from "../../../../lab/providers/aws/equivalence.ts";
import type { PropertyRule } from "../../../../lab/providers/aws/resource-type.ts";
import { unknown } from "../../../../lab/providers/protocol/property-values.ts";

const rule: PropertyRule = { shape: "string" };

describe("two values of a property", () => {
    it("ask the same when one leaves out what the other has empty or false", () => {
        assert.ok(equivalent(rule, undefined, ""));
        assert.ok(equivalent(rule, { filter: {} }, { filter: { prefix: "" }, expiration: undefined }));
        assert.ok(equivalent(rule, [{ enabled: false }], [{}]));
    });

    it("differ where a number is 0 and missing", () => {
        assert.deepEqual(differences(rule, "days", undefined, 0), [{ path: "days", kind: "add" }]);
    });

    it("differ at the path of what differs", () => {
        const before = [{ id: "a", expiration: { days: 30 } }];
        const after = [{ id: "a", expiration: { days: 60 }, status: "Enabled" }];
        assert.deepEqual(differences(rule, "rules", before, after), [
            { path: "rules[0].expiration.days", kind: "update" },
            { path: "rules[0].status", kind: "add" },
        ]);
    });

    it("differ as a whole when one list is longer", () => {
        assert.deepEqual(differences(rule, "rules", ["a"], ["a", "b"]), [{ path: "rules", kind: "update" }]);
    });

    it("differ when one is not known yet", () => {
        assert.deepEqual(differences(rule, "bucket", "a", unknown), [{ path: "bucket", kind: "update" }]);
    });

    it("differ in a map when an entry is empty in one and missing in the other", () => {
        assert.deepEqual(differences({ shape: "map" }, "tags", { a: "" }, {}), [{ path: "tags.a", kind: "delete" }]);
    });
});
