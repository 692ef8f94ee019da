// The namespace of the system.

import assert from "node:assert/strict";
import { LoggingNamespace } from "../../../components/logging-namespace.ts";
import { resolved } from "../../../scripts/recording-engine.ts";
import { declared } from "./mocked-program.ts";

describe("LoggingNamespace", () => {
    it("is chattingo, and admits pods that read the node's disk, with a warning", async () => {
        let component: LoggingNamespace | undefined;
        const found = await declared(() => {
            component = new LoggingNamespace("logging-namespace", { keepOnDestroy: false });
        });
        const { metadata } = found.inputs<{ metadata: { name: string; labels: Record<string, string> } }>(
            "kubernetes:core/v1:Namespace",
        );
        assert.equal(metadata.name, "chattingo");
        assert.equal(metadata.labels.tier, "logging");
        assert.equal(metadata.labels["pod-security.kubernetes.io/enforce"], "privileged");
        assert.equal(metadata.labels["pod-security.kubernetes.io/warn"], "restricted");
        assert.equal(metadata.labels["pod-security.kubernetes.io/audit"], "restricted");
        assert.equal(await resolved(component?.namespace), "chattingo");
    });

    it("goes with the stack, or stays with the volumes of a stack that keeps them", async () => {
        for (const keepOnDestroy of [false, true]) {
            const found = await declared(() => new LoggingNamespace("logging-namespace", { keepOnDestroy }));
            assert.equal(found.one("kubernetes:core/v1:Namespace").retainOnDelete, keepOnDestroy);
        }
    });
});
