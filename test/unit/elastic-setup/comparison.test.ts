// Whether an object that is there is the one that is wanted.

import assert from "node:assert/strict";
import fc from "fast-check";
import { contains, withOrigin } from "../../../workloads/elastic-setup/comparison.ts";
import type { Json, JsonObject } from "../../../workloads/elastic-setup/json-object.ts";

describe("the comparison of elastic-setup", () => {
    it("finds any object in itself, and in itself with more", () => {
        fc.assert(
            fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (object) => {
                assert.ok(contains(object, object as Json));
                assert.ok(contains({ ...object, more: 1 }, { ...(object as JsonObject), more: 1 }));
            }),
        );
    });

    it("takes numbers and truth values as the texts that Elasticsearch makes of them", () => {
        assert.ok(
            contains(
                { index: { number_of_shards: "1", hidden: "true" } },
                { index: { number_of_shards: 1, hidden: true } },
            ),
        );
    });

    it("finds what is missing, another, or in another order", () => {
        assert.ok(!contains({}, { a: 1 }));
        assert.ok(!contains({ a: { b: 1 } }, { a: { b: 2 } }));
        assert.ok(!contains({ a: [1, 2] }, { a: [2, 1] }));
        assert.ok(!contains({ a: [1, 2] }, { a: [1] }));
        assert.ok(!contains(undefined, { a: 1 }));
    });

    it("sees by the origin that something is no longer wanted", () => {
        assert.ok(!contains(withOrigin({ a: 1, b: 2 }), withOrigin({ a: 1 }) as Json));
        assert.ok(contains(withOrigin({ a: 1 }), withOrigin({ a: 1 }) as Json));
    });
});
