import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
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

    it("use other people's actions by the 40 hexadecimal digits of a commit, with its version beside it", () => {
        const used = texts.flatMap(({ file, text }) =>
            [...text.matchAll(/uses: (.+)/g)].map(([, what = ""]) => ({ file, what })),
        );
        assert.ok(used.length > 10);
        for (const { file, what } of used) {
            assert.match(what, /^\.\/\.github\/|^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${file}: ${what}`);
        }
    });

    it("install the Pulumi CLI that the tests run, and check what they downloaded", () => {
        const { text } = texts.find(({ file }) => file.includes("reach-stack")) ?? assert.fail("no such action");
        const tested = /pulumi\/pkg\/v3 v(\S+)/.exec(
            readFileSync(join(projectFolder, "lab/tools/go/pulumi/go.mod"), "utf8"),
        )?.[1];
        assert.equal(/PULUMI_VERSION: (\S+)/.exec(text)?.[1], tested);
        const { runs } = parse(text) as { runs: Job };
        const script = runs.steps?.find(({ name }) => name === "Install Pulumi's CLI")?.run ?? assert.fail("no step");
        const folder = mkdtempSync(join(tmpdir(), "runner-"));
        const archive = `pulumi-v${tested}-linux-x64.tar.gz`;
        /** Runs the step with downloads that have this content, and what the checksums say of it. */
        const install = (content: string, listed: string) => {
            const programs = join(folder, "programs");
            mkdirSync(programs, { recursive: true });
            const program = (name: string, lines: string) =>
                writeFileSync(join(programs, name), `#!/bin/bash\n${lines}\n`, { mode: 0o755 });
            const sum = createHash("sha256").update(listed).digest("hex");
            program(
                "curl",
                `case "$*" in *checksums*) echo "${sum}  ${archive}" >pulumi-checksums.txt;; *) printf '%s' '${content}' >${archive};; esac`,
            );
            program("tar", "mkdir -p pulumi && touch pulumi/pulumi");
            program("sudo", `echo "$@" >installed`);
            rmSync(join(folder, "installed"), { force: true });
            const { status } = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
                cwd: folder,
                env: { PATH: `${programs}:${process.env.PATH}`, RUNNER_TEMP: folder, PULUMI_VERSION: tested },
            });
            return { status, isInstalled: existsSync(join(folder, "installed")) };
        };
        try {
            assert.deepEqual(install("the CLI", "the CLI"), { status: 0, isInstalled: true });
            assert.deepEqual(install("something else", "the CLI"), { status: 1, isInstalled: false });
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("leave no token of GitHub's in the checkout", () => {
        for (const { file, text } of texts) {
            for (const step of stepsOf(text)) {
                if (step.uses?.startsWith("actions/checkout@")) {
                    assert.equal(step.with?.["persist-credentials"], false, file);
                }
            }
        }
    });

    it("preview in environments of their own, from this repository's branches only, without the right to write", () => {
        const { text } = texts.find(({ file }) => file.endsWith("preview.yml")) ?? assert.fail("no such workflow");
        const { jobs } = parse(text) as { jobs: Record<string, Job> };
        const isHere = "github.event.pull_request.head.repo.full_name == github.repository";
        assert.ok(jobs.stacks?.if?.includes(isHere) && jobs.preview?.if?.includes(isHere));
        // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's expression.
        assert.equal(jobs.preview?.environment, "${{ matrix.stack }}-preview");
        assert.deepEqual(jobs.preview?.permissions, { contents: "read", "id-token": "write" });
        assert.equal(jobs.stacks?.environment, undefined);
        // What writes comments runs nothing of the branch.
        assert.deepEqual(stepsOf(text).length - 1, [jobs.stacks, jobs.preview].flatMap((job) => job?.steps).length);
        assert.ok(jobs.comment?.steps?.every(({ uses }) => uses === undefined));
        for (const word of ["Required reviewers", "may only read", "AmazonEKSAdminViewPolicy", "from a fork"]) {
            assert.ok(text.split("\nname:")[0]?.includes(word), `its header says nothing of "${word}"`);
        }
    });

    it("give each purpose environments of its own, so that no preview has what deploys", () => {
        const environments = texts.flatMap(({ text }) =>
            Object.values((parse(text) as { jobs?: Record<string, Job> }).jobs ?? {}).flatMap(
                ({ environment }) => environment ?? [],
            ),
        );
        assert.equal(environments.length, 4);
        assert.equal(new Set(environments).size, environments.length);
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
            for (const { run = "" } of stepsOf(text)) {
                assert.doesNotMatch(run, /\$\{\{/, file);
            }
        }
    });
});

interface Step {
    readonly name?: string;
    readonly run?: string;
    readonly uses?: string;
    readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
    readonly if?: string;
    readonly environment?: string;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly steps?: readonly Step[];
}

/** The steps of every job of a workflow, or those of an action. */
function stepsOf(text: string): readonly Step[] {
    const document = parse(text) as { jobs?: Record<string, Job>; runs?: Job };
    return [...Object.values(document.jobs ?? {}), document.runs].flatMap((job) => job?.steps ?? []);
}
