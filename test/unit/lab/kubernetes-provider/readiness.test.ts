import assert from "node:assert/strict";
import type { ApiClient } from "../../../../lab/providers/kubernetes/api-client.ts";
import type { KubernetesObject } from "../../../../lab/providers/kubernetes/kubernetes-object.ts";
import { readiness } from "../../../../lab/providers/kubernetes/waiting/readiness.ts";
import type { PlainMap } from "../../../../lab/providers/protocol/property-values.ts";

/** Answers what the object's kind asks for beside it: a StorageClass, or the Service's endpoints. */
function apiWith(answers: { readonly storageClass?: object; readonly slices?: readonly object[] }): ApiClient {
    const api = { get: async () => answers.storageClass, list: async () => answers.slices ?? [] };
    return api as unknown as ApiClient;
}

const stateOf = async (kind: string, spec: PlainMap, status: PlainMap, api = apiWith({})) => {
    const object: KubernetesObject = { apiVersion: "v1", kind, metadata: { name: "a", generation: 2 }, spec, status };
    const state = await readiness(object, api);
    return state.is === "ready" ? "ready" : `${state.is}: ${state.why}`;
};

describe("when an object is what it should be", () => {
    it("a Deployment: when its status speaks of this version and all replicas are available", async () => {
        const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
        assert.equal(await stateOf("Deployment", { replicas: 2 }, done), "ready");
        assert.match(await stateOf("Deployment", { replicas: 2 }, { ...done, observedGeneration: 1 }), /^waiting/);
        assert.match(await stateOf("Deployment", { replicas: 2 }, { ...done, replicas: 3 }), /^waiting/);
        assert.equal(await stateOf("Deployment", { replicas: 2, paused: true }, {}), "ready");
    });

    it("a Deployment that exceeded its deadline will not be", async () => {
        const conditions = [
            { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "timed out" },
        ];
        assert.equal(await stateOf("Deployment", {}, { observedGeneration: 2, conditions }), "failed: timed out");
    });

    it("a DaemonSet: when every node has an available pod of this version, unless pods are replaced by hand", async () => {
        const status = {
            observedGeneration: 2,
            desiredNumberScheduled: 3,
            updatedNumberScheduled: 1,
            numberAvailable: 3,
        };
        assert.match(await stateOf("DaemonSet", {}, status), /^waiting: 3 of 3 pods available, 1 of this version/);
        assert.equal(await stateOf("DaemonSet", { updateStrategy: { type: "OnDelete" } }, status), "ready");
        assert.equal(await stateOf("DaemonSet", {}, { observedGeneration: 2 }), "ready");
    });

    it("a StatefulSet: when all replicas are ready and those above the partition are of this version", async () => {
        const status = { observedGeneration: 2, updatedReplicas: 1, readyReplicas: 3 };
        const updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 2 } };
        assert.match(await stateOf("StatefulSet", { replicas: 3 }, status), /^waiting/);
        assert.equal(await stateOf("StatefulSet", { replicas: 3, updateStrategy }, status), "ready");
    });

    it("a Job: when it is complete; one that failed will not be", async () => {
        const ended = (type: string) => ({ conditions: [{ type, status: "True", message: "too often" }] });
        assert.equal(await stateOf("Job", {}, ended("Complete")), "ready");
        assert.equal(await stateOf("Job", {}, ended("Failed")), "failed: the Job failed: too often");
        assert.equal(await stateOf("Job", {}, { failed: 1 }), "waiting: 0 of 1 pods finished, 1 failed");
        assert.equal(await stateOf("Job", { suspend: true }, {}), "ready");
    });

    it("a claim: when it is bound, or when its class waits for the first pod", async () => {
        assert.equal(await stateOf("PersistentVolumeClaim", {}, { phase: "Bound" }), "ready");
        const spec = { storageClassName: "c" };
        const withMode = (volumeBindingMode: string) => apiWith({ storageClass: { volumeBindingMode } });
        assert.equal(await stateOf("PersistentVolumeClaim", spec, {}, withMode("WaitForFirstConsumer")), "ready");
        assert.match(
            await stateOf("PersistentVolumeClaim", spec, {}, withMode("Immediate")),
            /^waiting: not bound yet/,
        );
        assert.equal(await stateOf("PersistentVolumeClaim", spec, {}), "waiting: there is no StorageClass c");
        assert.match(await stateOf("PersistentVolumeClaim", { storageClassName: "" }, {}), /names no StorageClass/);
    });

    it("a Service: when a pod that it selects is ready, and at once when it selects none or has no address", async () => {
        const spec = { selector: { app: "a" }, clusterIP: "10.96.0.1" };
        const endpoints = (ready: boolean) => apiWith({ slices: [{ endpoints: [{ conditions: { ready } }] }] });
        assert.match(await stateOf("Service", spec, {}), /^waiting: no pod that the selector matches is ready/);
        assert.match(await stateOf("Service", spec, {}, endpoints(false)), /^waiting/);
        assert.equal(await stateOf("Service", spec, {}, endpoints(true)), "ready");
        assert.equal(await stateOf("Service", { clusterIP: "10.96.0.1" }, {}), "ready");
        assert.equal(await stateOf("Service", { ...spec, clusterIP: "None" }, {}), "ready");
        assert.equal(await stateOf("Service", { ...spec, type: "ExternalName" }, {}), "ready");
        assert.match(
            await stateOf("Service", { ...spec, type: "LoadBalancer" }, {}, endpoints(true)),
            /^waiting: no address from the load balancer/,
        );
    });

    it("a CustomResourceDefinition: when it is established; any other kind at once", async () => {
        const conditions = [{ type: "Established", status: "True" }];
        assert.equal(await stateOf("CustomResourceDefinition", {}, { conditions }), "ready");
        assert.match(await stateOf("CustomResourceDefinition", {}, {}), /^waiting/);
        assert.equal(await stateOf("NetworkPolicy", {}, {}), "ready");
    });
});
