// What kube-score says of the manifests of every stack, as `make render` writes them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { kubernetesVersion } from "../../../lab/tools/go-tools.ts";
import { run } from "../../../lab/tools/run.ts";

const render = join(import.meta.dirname, "../../../scripts/render.ts");

describe("kube-score", function () {
    this.timeout(600_000);

    for (const stack of ["dev", "prod", "compliance"]) {
        it(`finds nothing in ${stack} that is not left out with a reason`, async () => {
            const folder = await mkdtemp(join(tmpdir(), "kube-score-"));
            try {
                await run(process.execPath, [render, "--stack", stack, "--out", folder]);
                const files = (await readdir(folder)).map((name) => join(folder, name));
                const { stdout, stderr } = spawnSync(
                    await toolBinary("kube-score"),
                    [
                        "score",
                        ...files,
                        "--kubernetes-version",
                        kubernetesVersion.replace(/\.\d+$/, ""),
                        "--output-format",
                        "ci",
                    ],
                    { encoding: "utf8" },
                );
                const lines = stdout.trimEnd().split("\n");
                assert.ok(lines.filter((line) => line.startsWith("[OK]")).length > 50, stderr);
                assert.deepEqual(
                    lines.filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line)),
                    [],
                );
            } finally {
                await rm(folder, { recursive: true, force: true });
            }
        });
    }
});
