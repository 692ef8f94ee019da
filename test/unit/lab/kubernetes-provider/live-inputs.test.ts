import assert from "node:assert/strict";
import type { KubernetesObject } from "../../../../lab/providers/kubernetes/kubernetes-object.ts";
import { liveInputs } from "../../../../lab/providers/kubernetes/live-inputs.ts";
import type { PlainMap } from "../../../../lab/providers/protocol/property-values.ts";

const head = { apiVersion: "v1", kind: "Thing", metadata: { name: "a" } };
const live = (fields: PlainMap) => ({ ...head, ...fields }) as unknown as KubernetesObject;
const seen = (wanted: PlainMap, there: PlainMap) => {
    const {
        apiVersion: _apiVersion,
        kind: _kind,
        metadata: _metadata,
        ...fields
    } = liveInputs({ ...head, ...wanted }, live(there));
    return fields;
};

describe("the inputs that a live object stands for", () => {
    it("leave out what the API server filled in", () => {
        assert.deepEqual(seen({ spec: { replicas: 2 } }, { spec: { replicas: 2, paused: false }, status: {} }), {
            spec: { replicas: 2 },
        });
    });

    it("show a changed value, and miss one that is gone", () => {
        assert.deepEqual(seen({ spec: { a: 1, b: 2 } }, { spec: { a: 3 } }), { spec: { a: 3 } });
    });

    it("take an empty value that the API server drops for what it is", () => {
        assert.deepEqual(seen({ spec: { a: "", b: {}, c: false } }, { spec: {} }), {
            spec: { a: "", b: {}, c: false },
        });
    });

    it("keep a quantity as it was written where the API server writes it otherwise", () => {
        const wanted = { resources: { requests: { cpu: "0.7", memory: "1024Mi" }, limits: { cpu: 1, memory: "1e3" } } };
        const there = { resources: { requests: { cpu: "700m", memory: "1Gi" }, limits: { cpu: "1", memory: "1k" } } };
        assert.deepEqual(seen(wanted, there), wanted);
    });

    it("see that a quantity has changed, and that a text is no quantity", () => {
        const wanted = { resources: { requests: { memory: "1Gi" } }, data: { LIMIT: "1000m" } };
        const there = { resources: { requests: { memory: "2Gi" } }, data: { LIMIT: "1" } };
        assert.deepEqual(seen(wanted, there), there);
    });

    it("tell named items of a list apart by their names, and leave out those that others added", () => {
        const wanted = {
            env: [
                { name: "A", value: "1" },
                { name: "B", value: "2" },
            ],
        };
        const there = {
            env: [
                { name: "X", value: "0" },
                { name: "B", value: "3" },
                { name: "A", value: "1" },
            ],
        };
        assert.deepEqual(seen(wanted, there), {
            env: [
                { name: "A", value: "1" },
                { name: "B", value: "3" },
            ],
        });
    });

    it("show a list of another length as it is", () => {
        assert.deepEqual(seen({ args: ["a"] }, { args: ["a", "b"] }), { args: ["a", "b"] });
    });

    it("read the text of a Secret back from its data", () => {
        const wanted = { stringData: { password: "x", gone: "y" } };
        const there = { data: { password: Buffer.from("changed").toString("base64") } };
        assert.deepEqual(seen(wanted, there), { stringData: { password: "changed" } });
    });

    it("are all that a person could have set when the object is being imported", () => {
        const object = {
            ...head,
            metadata: { name: "a", namespace: "b", uid: "u", resourceVersion: "1", managedFields: [] },
            data: { key: "value" },
            status: { phase: "Active" },
        };
        assert.deepEqual(liveInputs({}, object as unknown as KubernetesObject), {
            ...head,
            metadata: { name: "a", namespace: "b" },
            data: { key: "value" },
        });
    });
});
