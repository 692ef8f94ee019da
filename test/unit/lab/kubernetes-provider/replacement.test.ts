import assert from "node:assert/strict";
import { replaces } from "../../../../lab/providers/kubernetes/immutable-fields.ts";

const neither = { configMap: false, secret: false };
const both = { configMap: true, secret: true };

describe("which changes replace an object", () => {
    const cases: readonly (readonly [kind: string, path: string, replaced: boolean])[] = [
        ["Deployment", "metadata.name", true],
        ["Deployment", "metadata.namespace", true],
        ["Deployment", "metadata.labels.app", false],
        ["Deployment", "spec.selector.matchLabels.app", true],
        ["Deployment", "spec.template.spec.containers[0].image", false],
        ["DaemonSet", "spec.selector", true],
        ["StatefulSet", "spec.serviceName", true],
        ["StatefulSet", "spec.volumeClaimTemplates[0].spec", true],
        ["StatefulSet", "spec.template.spec.containers[0].image", false],
        ["StatefulSet", "spec.replicas", false],
        ["Job", "spec.template.spec.containers[0].image", true],
        ["Job", "spec.completions", true],
        ["Job", "spec.ttlSecondsAfterFinished", false],
        ["Job", "spec.suspend", false],
        ["CronJob", "spec.jobTemplate.spec.template.spec.containers[0].image", false],
        ["PersistentVolumeClaim", "spec.storageClassName", true],
        ["PersistentVolumeClaim", "spec.resources.requests.storage", false],
        ["StorageClass", "provisioner", true],
        ["StorageClass", "allowVolumeExpansion", false],
        ["Service", "spec.clusterIP", true],
        ["Service", "spec.ports[0].port", false],
        ["RoleBinding", "roleRef.name", true],
        ["RoleBinding", "subjects[0].name", false],
        ["Secret", "type", true],
    ];
    for (const [kind, path, replaced] of cases) {
        it(`${path} of a ${kind} ${replaced ? "does" : "does not"}`, () => {
            assert.equal(replaces(kind, path, {}, both), replaced);
        });
    }

    it("data of a ConfigMap or Secret does, unless the provider is told that they may change", () => {
        for (const kind of ["ConfigMap", "Secret"]) {
            assert.equal(replaces(kind, "data.key", {}, neither), true);
            assert.equal(replaces(kind, "data.key", {}, both), false);
        }
        assert.equal(replaces("Secret", "stringData.key", {}, { configMap: true, secret: false }), true);
    });

    it("data of one that is marked as immutable always does, and so does taking the mark away", () => {
        assert.equal(replaces("ConfigMap", "data.key", { immutable: true }, both), true);
        assert.equal(replaces("ConfigMap", "immutable", { immutable: true }, both), true);
        assert.equal(replaces("ConfigMap", "immutable", {}, neither), false);
    });
});
