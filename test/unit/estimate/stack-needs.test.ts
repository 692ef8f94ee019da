import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, needsTable, type StackNeeds, stackNeeds } from "../../../estimate/stack-needs.ts";
import { declaredStack } from "../components/mocked-program.ts";

const gibibyte = 2 ** 30;

function workload(kind: string, replicas: number | undefined, containers: readonly (readonly [string, string])[]) {
    return {
        kind,
        metadata: { name: kind.toLowerCase() },
        spec: { replicas, template: { spec: { containers: containers.map(container) } } },
    };
}

function container([cpu, memory]: readonly [string, string]) {
    return { resources: { requests: { cpu, memory }, limits: { cpu: "2", memory: "4Gi" } } };
}

describe("what a stack takes of its cluster", function () {
    this.timeout(60_000);

    it("stands in README.md as it is in the manifests", async () => {
        const needs: Record<string, StackNeeds> = {};
        for (const stack of ["dev", "prod", "compliance"]) {
            const { resources } = (await declaredStack(stack)).found;
            const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
            needs[stack] = stackNeeds(objects.map(({ inputs }) => inputs as unknown as Manifest));
        }
        const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
        assert.ok(
            readme.includes(`\n\n${needsTable(needs)}\n<`),
            `README.md is not up to date: run make stack-needs\n${needsTable(needs)}`,
        );
    });

    it("is what its pods ask for, each as often as it runs", () => {
        const { cluster, eachNode, largestPod } = stackNeeds([
            workload("StatefulSet", 3, [["500m", "1Gi"]]),
            workload("Deployment", undefined, [
                ["100m", "512Mi"],
                ["100m", "512Mi"],
            ]),
            workload("DaemonSet", undefined, [["250m", "256Mi"]]),
        ]);
        assert.deepEqual(cluster, {
            pods: 4,
            requests: { cpu: 1.7, memory: 4 * gibibyte },
            limits: { cpu: 10, memory: 20 * gibibyte },
        });
        assert.deepEqual(eachNode, {
            pods: 1,
            requests: { cpu: 0.25, memory: gibibyte / 4 },
            limits: { cpu: 2, memory: 4 * gibibyte },
        });
        assert.deepEqual(largestPod, { cpu: 0.5, memory: gibibyte });
    });

    it("has the larger of what a pod starts with and what it runs with, and all that stays", () => {
        const pod = workload("Deployment", 1, [["100m", "2Gi"]]);
        const initContainers = [container(["1", "1Gi"]), { ...container(["50m", "1Gi"]), restartPolicy: "Always" }];
        const { cluster } = stackNeeds([
            { ...pod, spec: { ...pod.spec, template: { spec: { ...pod.spec.template.spec, initContainers } } } },
        ]);
        assert.deepEqual(cluster.requests, { cpu: 1, memory: 3 * gibibyte });
    });

    it("has the largest Job, whether it is made once or on a schedule", () => {
        const template = workload("CronJob", undefined, [["300m", "64Mi"]]).spec.template;
        const { largestJob, cluster } = stackNeeds([
            workload("Job", undefined, [["100m", "1Gi"]]),
            { kind: "CronJob", metadata: { name: "nightly" }, spec: { jobTemplate: { spec: { template } } } },
        ]);
        assert.deepEqual(largestJob.requests, { cpu: 0.3, memory: gibibyte });
        assert.equal(cluster.pods, 0);
    });

    it("counts volumes by size and class", () => {
        const claim = (size: string, storageClassName?: string) => ({
            kind: "PersistentVolumeClaim",
            metadata: { name: "data" },
            spec: { resources: { requests: { storage: size } }, storageClassName },
        });
        const { volumes } = stackNeeds([claim("10Gi", "gp3"), claim("5Gi"), claim("10Gi", "gp3")]);
        assert.deepEqual(volumes, [
            { count: 2, size: "10Gi", storageClass: "gp3" },
            { count: 1, size: "5Gi", storageClass: undefined },
        ]);
    });

    it("is not told of a pod that has no limit", () => {
        const pod = workload("Deployment", 1, [["1", "1Gi"]]);
        const containers = [{ resources: { requests: { cpu: "1", memory: "1Gi" } } }];
        assert.throws(
            () => stackNeeds([{ ...pod, spec: { template: { spec: { containers } } } }]),
            /Deployment deployment has a container without cpu in its limits/,
        );
    });
});
