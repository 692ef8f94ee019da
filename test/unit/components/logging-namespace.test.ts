// The namespace of the system.

import assert from "node:assert/strict";
import { LoggingNamespace } from "../../../components/logging-namespace.ts";
import { resolved } from "../../../scripts/recording-engine.ts";
import { declared } from "./mocked-program.ts";

describe("LoggingNamespace", () => {
    it("is chattingo, and admits pods that read the node's disk, with a warning", async () => {
        let component: LoggingNamespace | undefined;
        const found = await declared(() => {
            component = new LoggingNamespace("logging-namespace");
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

    it("goes with the stack", async () => {
        const found = await declared(() => new LoggingNamespace("logging-namespace"));
        assert.equal(found.one("kubernetes:core/v1:Namespace").retainOnDelete, false);
    });
});
