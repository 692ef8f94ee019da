// `npm run build`: each workload is one file that plain `node` runs where it lies.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { workloads } from "../../../workloads/bundle.ts";

const project = join(import.meta.dirname, "../../..");

describe("npm run build", function () {
    this.timeout(60_000);

    before(() => {
        execFileSync(process.execPath, ["scripts/build-workloads.ts"], { cwd: project });
    });

    for (const name of workloads) {
        it(`writes dist/workloads/${name}.js, which node runs`, () => {
            const program = join(project, "dist/workloads", `${name}.js`);
            const help = execFileSync(process.execPath, [program, "--help"], { encoding: "utf8" });
            assert.match(help, new RegExp(`^Usage: .*${name}`));
        });
    }
});
