import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { touchedStacks } from "../../../scripts/stacks-of-files.ts";

const projectFolder = join(import.meta.dirname, "../../..");
const stacks = ["compliance", "dev", "prod"];

describe("the stacks that a change touches", () => {
    it("is one for its own file", () => {
        assert.deepEqual(touchedStacks(["Pulumi.prod.yaml", "docs/operations.md"], stacks), ["prod"]);
    });

    it("are all for a part of the program", () => {
        for (const file of ["index.ts", "components/kibana.ts", "Pulumi.yaml", "package-lock.json", "new/thing.ts"]) {
            assert.deepEqual(touchedStacks([file, "Pulumi.dev.yaml"], stacks), stacks, file);
        }
    });

    it("are none for documents, tests and the lab", () => {
        assert.deepEqual(touchedStacks(["README.md", "test/unit/a.test.ts", "lab/lab", "Makefile"], stacks), []);
    });

    it("are printed as JSON for a workflow", () => {
        const { stdout } = spawnSync(process.execPath, [join(projectFolder, "scripts/touched-stacks.ts")], {
            input: "Pulumi.dev.yaml\n",
            encoding: "utf8",
        });
        assert.deepEqual(JSON.parse(stdout), ["dev"]);
    });
});

describe("the workflows", () => {
    const files = globSync(".github/{workflows,actions/*}/*.yml", { cwd: projectFolder });
    assert.ok(files.length > 0, "no workflow is found");
    const texts = files.map((file) => ({ file, text: readFileSync(join(projectFolder, file), "utf8") }));

    it("use actions of one exact version", () => {
        for (const { file, text } of texts) {
            for (const [, used = ""] of text.matchAll(/uses: (\S+)/g)) {
                assert.match(used, /^\.\/|@[0-9a-f]{40}$|@v\d+\.\d+\.\d+$/, `${file}: ${used}`);
            }
        }
    });

    it("run scripts and make targets that exist", () => {
        const makefile = readFileSync(join(projectFolder, "Makefile"), "utf8");
        for (const { file, text } of texts) {
            for (const [, script = ""] of text.matchAll(/node (scripts\/\S+\.ts)/g)) {
                assert.ok(existsSync(join(projectFolder, script)), `${file}: ${script}`);
            }
            for (const [, target = ""] of text.matchAll(/(?:run:| {2})\s*make (?:-C \S+ )?([a-z-]+)/g)) {
                assert.match(makefile, new RegExp(`^${target}:`, "m"), `${file}: make ${target}`);
            }
        }
    });

    it("may read the repository and nothing more, unless a job says so", () => {
        for (const { file, text } of texts.filter((one) => one.file.includes("workflows"))) {
            assert.deepEqual((parse(text) as { permissions: unknown }).permissions, { contents: "read" }, file);
        }
    });

    it("put nothing that others may have written into a shell", () => {
        for (const { file, text } of texts) {
            const document = parse(text) as { jobs?: Record<string, Job>; runs?: Job };
            for (const { run = "" } of [...Object.values(document.jobs ?? {}), document.runs].flatMap(
                (job) => job?.steps ?? [],
            )) {
                assert.doesNotMatch(run, /\$\{\{/, file);
            }
        }
    });
});

interface Job {
    readonly steps?: readonly { readonly name?: string; readonly run?: string }[];
}
