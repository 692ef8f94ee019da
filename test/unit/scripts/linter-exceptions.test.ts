// What linters of manifests are told to leave out, and why.

import assert from "node:assert/strict";
import { annotationsOf, linterAnnotations, type Manifest } from "../../../scripts/linter-exceptions.ts";
import { declaredStack } from "../components/mocked-program.ts";

describe("an exception of linters", () => {
    it("is told to each checker with its reason", () => {
        const annotations = annotationsOf(["kernel setting"]);
        const { "kube-score/ignore": ignored = "", "kube-score/reason": reason = "" } = annotations;
        for (const check of ignored.split(",")) {
            assert.match(reason, new RegExp(`(^|; )${check}: \\w+`));
        }
        assert.match(ignored, /container-security-context-user-group-id/);
        assert.match(String(annotations["checkov.io/skip2"]), /^CKV_K8S_23=one container /);
        assert.match(String(annotations["ignore-check.kube-linter.io/run-as-non-root"]), /max_map_count/);
        assert.equal(annotations["polaris.fairwinds.com/runAsRootAllowed-exempt"], "true");
    });

    it("that two have in common is told once", () => {
        const annotations = annotationsOf(["user of the image", "root with capabilities"]);
        const ids = Object.entries(annotations)
            .filter(([key]) => key.startsWith("checkov.io/"))
            .map(([, value]) => value.split("=")[0]);
        assert.deepEqual(ids.toSorted(), [...new Set(ids)].toSorted());
    });

    for (const stack of ["dev", "prod", "compliance"]) {
        it(`is told of every workload of ${stack}, beside it and not in it`, async () => {
            const { found } = await declaredStack(stack);
            const workloads = found.resources
                .map(({ inputs }) => inputs as unknown as Manifest & { readonly spec?: object })
                .filter(({ spec = {} }) => "template" in spec || "jobTemplate" in spec);
            assert.ok(workloads.length >= 9);
            for (const workload of workloads) {
                const name = `${workload.kind}/${workload.metadata.name}`;
                assert.ok(linterAnnotations(workload), `${name} is not in scripts/linter-exceptions.ts`);
                assert.doesNotMatch(JSON.stringify(workload), /kube-score|checkov|kube-linter|polaris/);
            }
        }).timeout(60_000);
    }

    it("is told of nothing that a workload has not", () => {
        const manifest = (env: object) => ({
            apiVersion: "apps/v1",
            kind: "DaemonSet",
            metadata: { name: "filebeat" },
            spec: { template: { spec: { containers: [{ env: [env] }] } } },
        });
        const told = (env: object) => JSON.stringify(linterAnnotations(manifest(env)));
        assert.match(told({ valueFrom: { secretKeyRef: { name: "login", key: "password" } } }), /CKV_K8S_35/);
        assert.doesNotMatch(told({ value: "plain" }), /CKV_K8S_35/);
    });
});
