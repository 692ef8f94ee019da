// The labels that operators and selectors rely on.

import assert from "node:assert/strict";
import { jobPodLabelsOf, labelsOf, selectorOf } from "../../../components/labels.ts";

describe("labels", () => {
    it("name the part, its place and the system", () => {
        assert.deepEqual(labelsOf("s3-uploader", "archive"), {
            app: "s3-uploader",
            tier: "logging",
            "app.kubernetes.io/name": "s3-uploader",
            "app.kubernetes.io/component": "archive",
            "app.kubernetes.io/part-of": "chattingo-logging",
            "app.kubernetes.io/managed-by": "pulumi",
        });
    });

    it("give pods of Jobs a tier of their own, so that nobody waits for finished pods to be ready", () => {
        const { tier, ...others } = jobPodLabelsOf("log-rotation", "rotation");
        assert.equal(tier, "logging-job");
        const { tier: _, ...expected } = labelsOf("log-rotation", "rotation");
        assert.deepEqual(others, expected);
    });

    it("select by what never changes and every pod of the part has", () => {
        assert.deepEqual(selectorOf("s3-uploader"), { app: "s3-uploader" });
    });
});
