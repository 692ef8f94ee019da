// What becomes of the API server's description of a type.

import assert from "node:assert/strict";
import { builtInSchemas, customSchemas, type Definitions, schemaFileName } from "../../../lab/schemas/strict-schema.ts";

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";

const definitions: Definitions = {
    "io.k8s.api.apps.v1.Thing": {
        type: "object",
        "x-kubernetes-group-version-kind": [{ group: "apps", version: "v1", kind: "Thing" }],
        properties: {
            metadata: { $ref: `#/definitions/${meta}` },
            port: { $ref: "#/definitions/intOrString" },
            labels: { type: "object", additionalProperties: { type: "string" } },
            limits: { type: "object", additionalProperties: { $ref: `#/definitions/${quantity}` } },
            children: { type: "array", items: { $ref: "#/definitions/io.k8s.api.apps.v1.Thing" } },
            anything: { type: "object" },
        },
    },
    [meta]: { type: "object", properties: { name: { type: "string" } } },
    [quantity]: { type: "string" },
    intOrString: { type: "string", format: "int-or-string" },
    other: { type: "object", properties: {} },
};

describe("strict schemas", () => {
    const thing = builtInSchemas(definitions).get("thing-apps-v1.json");
    const parts = thing?.definitions as Definitions;

    it("are named as kubeconform looks for them", () => {
        assert.equal(schemaFileName({ group: "", version: "v1", kind: "ConfigMap" }), "configmap-v1.json");
        assert.equal(
            schemaFileName({ group: "networking.k8s.io", version: "v1", kind: "NetworkPolicy" }),
            "networkpolicy-networking-v1.json",
        );
    });

    it("are whole: they hold what they refer to, themselves too, and nothing else", () => {
        assert.equal(thing?.$ref, "#/definitions/io.k8s.api.apps.v1.Thing");
        assert.deepEqual(
            Object.keys(parts).toSorted(),
            Object.keys(definitions)
                .filter((name) => name !== "other")
                .toSorted(),
        );
    });

    it("refuse fields that a type does not have, and leave open what has any", () => {
        const { properties, additionalProperties } = parts["io.k8s.api.apps.v1.Thing"] ?? {};
        assert.equal(additionalProperties, false);
        assert.equal(parts[meta]?.additionalProperties, false);
        const { labels, anything } = properties as Definitions;
        assert.deepEqual(labels?.additionalProperties, { type: "string" });
        assert.deepEqual(anything, { type: "object" });
    });

    it("take numbers where Kubernetes does", () => {
        assert.deepEqual(parts.intOrString, { oneOf: [{ type: "string" }, { type: "integer" }] });
        assert.deepEqual(parts[quantity], { oneOf: [{ type: "string" }, { type: "number" }] });
    });

    it("of custom resources know metadata, and leave alone what only restricts", () => {
        const alternatives = [{ properties: { a: { minLength: 1 } } }, { required: ["b"] }];
        const openAPIV3Schema = {
            type: "object",
            properties: {
                metadata: { type: "object" },
                spec: {
                    type: "object",
                    properties: { a: { type: "string" }, b: { type: "string" } },
                    anyOf: alternatives,
                },
                config: { type: "object", properties: { c: {} }, "x-kubernetes-preserve-unknown-fields": true },
            },
        };
        const schemas = customSchemas(
            {
                spec: {
                    group: "monitoring.coreos.com",
                    names: { kind: "Rule" },
                    versions: [{ name: "v1", schema: { openAPIV3Schema } }],
                },
            },
            definitions,
        );
        const rule = schemas.get("rule-monitoring-v1.json");
        const { metadata, spec, config } = rule?.properties as Definitions;
        assert.equal(rule?.additionalProperties, false);
        assert.deepEqual(metadata, { $ref: `#/definitions/${meta}` });
        assert.equal(spec?.additionalProperties, false);
        assert.deepEqual(spec?.anyOf, alternatives);
        assert.equal(config?.additionalProperties, true);
    });

    it("fail when a type refers to one that is not there", () => {
        const broken = {
            ...definitions,
            intOrString: { type: "object", properties: { gone: { $ref: "#/definitions/gone" } } },
        };
        assert.throws(() => builtInSchemas(broken), /gone is referred to and not defined/);
    });
});
