// How long the engine waits for each workload of a stack.

import assert from "node:assert/strict";
import { elasticsearchMinutes } from "../../../components/roll-out-time.ts";
import { type Declared, declaredStack } from "./mocked-program.ts";

const minutesOf = (found: Declared, type: string, name: string): number => {
    const { create, update } = found.one(type, name).timeouts;
    assert.equal(create, update);
    return Number(/^(\d+)m$/.exec(create ?? "")?.[1]);
};

describe("the time that the engine waits", function () {
    this.timeout(120_000);
    let found: Declared;

    before(async () => {
        found = (await declaredStack("prod")).found;
    });

    it("lets Elasticsearch's nodes copy their volumes one after the other", () => {
        // 3 nodes of 100 GiB, each copied at 40 MiB a second.
        assert.equal(minutesOf(found, "kubernetes:apps/v1:StatefulSet", "elasticsearch"), 173);
        assert.ok(elasticsearchMinutes(5, "1Ti") > elasticsearchMinutes(3, "1Ti"));
        assert.ok(elasticsearchMinutes(3, "1Ti") > elasticsearchMinutes(3, "100Gi"));
    });

    it("is longer than a Job's own deadline, so that people see what the Job says", () => {
        for (const name of ["log-setup", "elastic-setup"]) {
            const { spec } = found.inputs<{ spec: { activeDeadlineSeconds: number } }>("kubernetes:batch/v1:Job", name);
            assert.ok(minutesOf(found, "kubernetes:batch/v1:Job", name) * 60 > spec.activeDeadlineSeconds, name);
        }
    });

    it("is that of one pod for Filebeat, so that a node that is down fails no up", () => {
        assert.equal(minutesOf(found, "kubernetes:apps/v1:DaemonSet", "filebeat"), 20);
        const { metadata } = found.inputs<{ metadata: { annotations: Record<string, string> } }>(
            "kubernetes:apps/v1:DaemonSet",
            "filebeat",
        );
        assert.equal(metadata.annotations["pulumi.com/waitFor"], "jsonpath={.status.numberAvailable}");
    });
});
