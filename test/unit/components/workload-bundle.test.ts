// Programs on their way into pods.

import assert from "node:assert/strict";
import { isBuiltin } from "node:module";
import { WorkloadBundle } from "../../../components/workload-bundle.ts";
import { resolved } from "../../../scripts/recording-engine.ts";
import { type Bundle, buildBundle, bundleWorkload, workloads } from "../../../workloads/bundle.ts";
import { declared, program } from "./mocked-program.ts";

describe("WorkloadBundle", () => {
    const bundle = (content: Bundle = program) =>
        new WorkloadBundle("log-setup", {
            namespace: "chattingo",
            workload: "log-setup",
            role: "rotation",
            bundle: Promise.resolve(content),
        });

    it("is an immutable ConfigMap named after the content", async () => {
        const found = await declared(() => bundle());
        const inputs = found.inputs<{
            metadata: { name: string };
            immutable: boolean;
            data: unknown;
        }>("kubernetes:core/v1:ConfigMap");
        assert.equal(inputs.metadata.name, "log-setup-0123456789");
        assert.equal(inputs.immutable, true);
        assert.deepEqual(inputs.data, { "log-setup.js": "console.log(1)\n" });
    });

    it("gets another name, and so changes the pods that mount it, when the program changes", async () => {
        const names = [];
        for (const hash of ["0123456789", "abcdef0123"]) {
            let component: WorkloadBundle | undefined;
            await declared(() => {
                component = bundle({ ...program, hash });
            });
            names.push((await resolved(component?.mount.volume))?.configMap?.name);
        }
        assert.deepEqual(names, ["log-setup-0123456789", "log-setup-abcdef0123"]);
    });

    it("is started from where it is mounted", async () => {
        let component: WorkloadBundle | undefined;
        await declared(() => {
            component = bundle();
        });
        assert.deepEqual(component?.command, ["node", "/opt/chattingo/log-setup.js"]);
        assert.equal(component?.mount.destPath, "/opt/chattingo");
    });
});

/** Packages that a library looks for and goes without: here one for S3 access points of several regions. */
const optional = ["@aws-sdk/signature-v4-crt"];

describe("bundleWorkload", function () {
    this.timeout(60_000);

    for (const name of workloads) {
        it(`makes ${name} one file that is the same every time, holds no path of this machine and fits a ConfigMap`, async () => {
            const made = await buildBundle(name);
            assert.deepEqual(await buildBundle(name), made);
            assert.match(made.hash, /^[0-9a-f]{10}$/);
            assert.ok(!made.content.includes(process.cwd()));
            assert.ok(Buffer.byteLength(made.content) < 1024 * 1024);
            const required = [...made.content.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, module]) => String(module));
            assert.ok(required.length > 0);
            const missing = required.filter((module) => !isBuiltin(module) && !optional.includes(module));
            assert.deepEqual(missing, [], "every library is in the file");
        });
    }

    it("leaves every program readable that a ConfigMap holds so", async () => {
        for (const name of ["log-setup", "log-rotation", "elastic-setup", "elastic-exporter"] as const) {
            const { content } = await bundleWorkload(name);
            const longest = Math.max(...content.split("\n").map((line) => line.length));
            assert.ok(longest < 3000, `${name} has a line of ${longest} characters`);
        }
    });

    it("leaves out of Elasticsearch's client what no workload uses", async () => {
        for (const name of ["elastic-setup", "log-restore"] as const) {
            const { content } = await bundleWorkload(name);
            assert.ok(content.includes("bundles of workloads have no undici"), name);
            assert.ok(!content.includes("llhttp"), name);
            assert.ok(content.includes("bundles of workloads have no Elasticsearch API ml: add it to"), name);
            assert.ok(!content.includes("bundles of workloads have no Elasticsearch API indices"), name);
        }
    });
});
