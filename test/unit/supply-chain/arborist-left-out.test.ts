import assert from "node:assert/strict";
import { runtime } from "@pulumi/pulumi";

describe("arborist, left out", () => {
    it("is missed by who serializes a function, who is told how to have it again", async () => {
        await assert.rejects(
            runtime.computeCodePaths(),
            /take @npmcli\/arborist out of the dependencies and overrides/,
        );
    });
});
