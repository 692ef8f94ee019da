import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { workloads } from "../../../workloads/bundle.ts";

const projectFolder = join(import.meta.dirname, "..", "..", "..");

describe("npm run build", function () {
    this.timeout(60_000);

    it("writes each workload as one file that plain node runs where it lies", () => {
        const node = (...args: readonly string[]) =>
            spawnSync(process.execPath, args, { cwd: projectFolder, encoding: "utf8" });
        const built = node(join("scripts", "build-workloads.ts"));
        assert.equal(built.status, 0, built.stderr);
        for (const name of workloads) {
            const { stderr } = node(join("dist", "workloads", `${name}.js`), "--help");
            // Whatever a program makes of its arguments, it has been loaded.
            assert.doesNotMatch(stderr, /ReferenceError|SyntaxError/, name);
        }
    });
});
