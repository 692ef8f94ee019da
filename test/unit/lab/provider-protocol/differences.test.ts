import assert from "node:assert/strict";
import { differences } from "../../../../lab/providers/protocol/differences.ts";
import { Secret, unknown } from "../../../../lab/providers/protocol/property-values.ts";

describe("differences between inputs", () => {
    it("are named by their paths, with names that hold dots in quotes", () => {
        const before = { metadata: { labels: { "app.kubernetes.io/name": "a" } }, ports: [{ port: 1 }, { port: 2 }] };
        const after = { metadata: { labels: { "app.kubernetes.io/name": "b" } }, ports: [{ port: 3 }], extra: true };
        assert.deepEqual(differences(before, after), {
            'metadata.labels["app.kubernetes.io/name"]': "update",
            "ports[0].port": "update",
            "ports[1]": "delete",
            extra: "add",
        });
    });

    it("are none between equal values, be they secret or not, and none between null and nothing", () => {
        assert.deepEqual(differences({ a: new Secret("x"), b: null }, { a: "x" }), {});
    });

    it("are there where a value is not known yet", () => {
        assert.deepEqual(differences({ a: "x" }, { a: unknown }), { a: "update" });
    });
});
