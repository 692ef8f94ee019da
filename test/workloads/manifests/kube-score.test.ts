// What kube-score says of the manifests of every stack, as `make render` writes them for linters.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { kubernetesVersion } from "../../../lab/tools/go-tools.ts";
import { run } from "../../../lab/tools/run.ts";
import { renderedFolder, stacks } from "./rendered-stack.ts";

describe("kube-score", function () {
    this.timeout(600_000);

    for (const stack of stacks) {
        it(`finds nothing in ${stack} that is not left out with a reason`, async () => {
            const input = await run("kubectl", ["kustomize", await renderedFolder(stack)]);
            assert.match(input, /name: log-rotation-node\n/);
            const { stdout, stderr } = spawnSync(
                await toolBinary("kube-score"),
                [
                    "score",
                    "-",
                    "--kubernetes-version",
                    kubernetesVersion.replace(/\.\d+$/, ""),
                    "--output-format",
                    "ci",
                ],
                { input, encoding: "utf8", maxBuffer: 2 ** 26 },
            );
            const lines = stdout.trimEnd().split("\n");
            assert.ok(lines.filter((line) => line.startsWith("[OK]")).length > 50, stderr);
            assert.deepEqual(
                lines.filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line)),
                [],
            );
        });
    }
});
