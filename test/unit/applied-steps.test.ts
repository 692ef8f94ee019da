// Steps of `pulumi up` as its event log tells them.

import assert from "node:assert/strict";
import { stepsIn } from "../applied-steps.ts";

const step = (op: string, name: string, detailedDiff?: object) => {
    const type = "kubernetes:core/v1:ConfigMap";
    const urn = `urn:pulumi:dev::chattingo-logging::chattingo:logging:LogRotation$${type}::${name}`;
    return { resourcePreEvent: { metadata: { op, urn, type, detailedDiff } } };
};
const logOf = (...events: readonly object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");

describe("the steps that pulumi up has applied", () => {
    it("are those that change something, with the paths of what differs", () => {
        const log = logOf(
            { preludeEvent: { config: {} } },
            step("same", "stays"),
            step("read", "is-read"),
            step("update", "changes", { "data.size": { kind: "update" }, "data.age": { kind: "add" } }),
            step("create-replacement", "goes"),
            step("replace", "goes"),
            step("delete-replaced", "goes"),
            { summaryEvent: { resourceChanges: { same: 1 } } },
        );
        const type = "kubernetes:core/v1:ConfigMap";
        assert.deepEqual(stepsIn(log), [
            { operation: "update", type, name: "changes", differences: ["data.age", "data.size"] },
            { operation: "create-replacement", type, name: "goes", differences: [] },
            { operation: "replace", type, name: "goes", differences: [] },
            { operation: "delete-replaced", type, name: "goes", differences: [] },
        ]);
    });

    it("are not told by a log that breaks off", () => {
        assert.throws(() => stepsIn(logOf(step("update", "changes"))), /ends before the engine has summed up/);
    });
});
