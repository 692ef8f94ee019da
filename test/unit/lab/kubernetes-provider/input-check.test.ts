import assert from "node:assert/strict";
import { annotations } from "../../../../lab/providers/kubernetes/annotations.ts";
import { inputFailures } from "../../../../lab/providers/kubernetes/input-check.ts";
import { withoutSecrets } from "../../../../lab/providers/kubernetes/secret-texts.ts";
import { readSettings } from "../../../../lab/providers/kubernetes/settings.ts";
import { type PropertyMap, Secret, unknown } from "../../../../lab/providers/protocol/property-values.ts";

const type = "kubernetes:core/v1:ConfigMap";
const configMap = (metadata: PropertyMap, others: PropertyMap = {}): PropertyMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    ...others,
});
const complaints = (inputs: PropertyMap, ofType = type) =>
    inputFailures(ofType, inputs).map(({ property, reason }) => `${property} ${reason}`.trim());

describe("the check of inputs", () => {
    it("passes an object with a name, also one that is secret or not known yet", () => {
        for (const name of ["settings", new Secret("settings"), unknown]) {
            assert.deepEqual(complaints(configMap({ name })), []);
        }
        assert.deepEqual(complaints({ ...configMap({}), metadata: unknown }), []);
    });

    it("asks for a name where there is none", () => {
        for (const metadata of [{}, { name: "" }, { namespace: "shop" }]) {
            assert.match(complaints(configMap(metadata))[0] ?? "", /^metadata\.name is missing/);
        }
        assert.match(complaints(configMap({ generateName: "a-" }))[0] ?? "", /^metadata\.generateName is not covered/);
    });

    it("refuses patches, lists and resources that are no objects", () => {
        const inputs = configMap({ name: "settings" });
        assert.match(complaints(inputs, `${type}Patch`)[0] ?? "", /a patch of another resource is not covered/);
        const list = { ...configMap({ name: "all" }), kind: "ConfigMapList", items: [] };
        assert.match(complaints(list, `${type}List`)[0] ?? "", /a list of objects is not covered/);
        assert.match(complaints({}, "kubernetes:helm.sh/v3:Release")[0] ?? "", /not covered/);
        assert.match(complaints({}, "kubernetes:yaml/v2:ConfigFile")[0] ?? "", /not covered/);
    });

    it("passes a custom resource whose kind ends like a list or a patch", () => {
        for (const kind of ["AllowList", "DispatchPatch"]) {
            const inputs = { apiVersion: "shop.example/v1", kind, metadata: { name: "a" } };
            assert.deepEqual(complaints(inputs, `kubernetes:shop.example/v1:${kind}`), []);
        }
    });

    it("knows which annotations it covers, and what they may say", () => {
        const annotated = (name: string, value: string) =>
            complaints(configMap({ name: "a", annotations: { [`pulumi.com/${name}`]: value } }))[0];
        assert.equal(annotated("skipAwait", "true"), undefined);
        assert.match(annotated("waitFor", "condition=Ready") ?? "", /pulumi\.com\/waitFor"\] is not covered/);
        assert.match(annotated("timeoutSeconds", "5m") ?? "", /is 5m: a whole number of seconds is expected/);
        assert.match(annotated("deletionPropagationPolicy", "later") ?? "", /one of foreground, background, orphan/);
    });
});

describe("the annotations of an object", () => {
    it("ask for nothing when there are none", () => {
        assert.deepEqual(annotations({ name: "a" }), {
            skipsWait: false,
            timeoutSeconds: undefined,
            forcesConflicts: false,
            replacesUnready: false,
            propagationPolicy: "Foreground",
        });
    });

    it("are read as the official provider reads them", () => {
        const given = {
            "pulumi.com/skipAwait": "true",
            "pulumi.com/timeoutSeconds": "30",
            "pulumi.com/patchForce": "true",
            "pulumi.com/replaceUnready": "true",
            "pulumi.com/deletionPropagationPolicy": "orphan",
        };
        assert.deepEqual(annotations({ name: "a", annotations: given }), {
            skipsWait: true,
            timeoutSeconds: 30,
            forcesConflicts: true,
            replacesUnready: true,
            propagationPolicy: "Orphan",
        });
    });
});

describe("the settings of the Kubernetes provider", () => {
    it("take switches as values and as text", () => {
        const { mutable } = readSettings({ enableConfigMapMutable: "true", enableSecretMutable: true, version: "4" });
        assert.deepEqual(mutable, { configMap: true, secret: true });
    });

    it("refuse what is not covered, by name", () => {
        assert.throws(() => readSettings({ renderYamlToDirectory: "out" }), /kubernetes:renderYamlToDirectory is not/);
        assert.throws(
            () => readSettings({ enableServerSideApply: "false" }),
            /kubernetes:enableServerSideApply is off/,
        );
        assert.throws(() => readSettings({ kubeconfig: unknown }), /kubernetes:kubeconfig is not known before/);
    });
});

describe("messages about objects with secrets", () => {
    it("hold none of them, neither as text nor as base64", () => {
        const inputs = { stringData: new Secret({ password: "hunter2" }), data: new Secret({ key: "aHVudGVyMw==" }) };
        assert.equal(
            withoutSecrets(`Invalid value: "hunter2", aHVudGVyMg== or hunter3 (aHVudGVyMw==)`, inputs),
            `Invalid value: "[secret]", [secret] or [secret] ([secret])`,
        );
    });

    it("are as they were where nothing is secret", () => {
        assert.equal(withoutSecrets("Invalid value: 3", { data: { port: "3" } }), "Invalid value: 3");
    });
});
