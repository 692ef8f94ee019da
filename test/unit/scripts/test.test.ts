// What `make test` tells of the tests that it runs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

describe("make test", () => {
    it("learns from mocha which tests and hooks failed, and why, besides how many", () => {
        const folder = mkdtempSync(join(tmpdir(), "chattingo-counts-"));
        const countsFile = join(folder, "counts.json");
        const projectFolder = join(import.meta.dirname, "../../..");
        writeFileSync(
            join(folder, "three.test.mjs"),
            `describe("a suite", () => {
                it("passes", () => {});
                it("fails", () => { throw new Error("the first line\\nand a second"); });
                it.skip("is skipped", () => {});
                describe("with a hook", () => {
                    before("makes ready", () => { throw new Error("not ready"); });
                    it("never runs", () => {});
                });
            });`,
        );
        try {
            const reporter = join(projectFolder, "test/counting-reporter.ts");
            const { status } = spawnSync("mocha", ["--no-config", "--reporter", reporter, folder], {
                cwd: projectFolder,
                env: { ...process.env, TEST_COUNTS_FILE: countsFile },
            });
            assert.equal(status, 2, "mocha's exit status is the number of failures");
            assert.deepEqual(JSON.parse(readFileSync(countsFile, "utf8")), {
                passed: 1,
                failed: 2,
                skipped: 1,
                failures: [
                    { title: "a suite › fails", reason: "the first line" },
                    {
                        title: 'a suite › with a hook › "before all" hook: makes ready for "never runs"',
                        reason: "not ready",
                    },
                ],
            });
        } finally {
            rmSync(folder, { recursive: true });
        }
    }).timeout(60_000);

    it("ends a run that a program of a test keeps from ending, and says which program", () => {
        const folder = mkdtempSync(join(tmpdir(), "chattingo-stuck-"));
        const countsFile = join(folder, "counts.json");
        const projectFolder = join(import.meta.dirname, "../../..");
        const program = join(folder, "deaf");
        writeFileSync(program, '#!/bin/sh\ntrap "" TERM\necho ready\nread -r nothing\n', { mode: 0o755 });
        writeFileSync(
            join(folder, "one.test.mjs"),
            `import { spawn } from "node:child_process";
            import { once } from "node:events";
            let child;
            after(() => child.kill());
            it("passes", async () => {
                child = spawn("${program}");
                await once(child.stdout, "data");
            });`,
        );
        try {
            const reporter = join(projectFolder, "test/counting-reporter.ts");
            const args = ["--no-config", "--reporter", reporter, "--reporter-option", "patience=1", folder];
            const { status, stderr } = spawnSync("mocha", args, {
                cwd: projectFolder,
                encoding: "utf8",
                env: { ...process.env, TEST_COUNTS_FILE: countsFile },
                timeout: 30_000,
            });
            assert.equal(status, 1);
            const { passed, failed, failures } = JSON.parse(readFileSync(countsFile, "utf8"));
            assert.deepEqual([passed, failed, failures[0].title], [1, 1, "this run"]);
            const found = /^did not end within 1 s after its last test, because of process (\d+) \(.*deaf\)/;
            const [, pid] = found.exec(failures[0].reason) ?? assert.fail(failures[0].reason);
            assert.ok(stderr.includes(failures[0].reason), stderr);
            assert.ok(!existsSync(`/proc/${pid}/exe`), "it lives on");
        } finally {
            rmSync(folder, { recursive: true });
        }
    }).timeout(60_000);

    for (const [passed, status] of [
        [1, 0],
        [0, 1],
    ] as const) {
        it(`ends with ${status} when a name fits ${passed} tests`, () => {
            const folder = mkdtempSync(join(tmpdir(), "chattingo-named-"));
            const counts = JSON.stringify({ passed, failed: 0, skipped: 0, failures: [] });
            writeFileSync(join(folder, "npm"), "#!/bin/sh\n", { mode: 0o755 });
            writeFileSync(join(folder, "mocha"), `#!/bin/sh\necho '${counts}' >"$TEST_COUNTS_FILE"\n`, { mode: 0o755 });
            try {
                const script = join(import.meta.dirname, "../../../scripts/test.ts");
                const ended = spawnSync(process.execPath, [script, "--layer", "unit", "--grep", "a name"], {
                    encoding: "utf8",
                    env: { ...process.env, PATH: folder },
                });
                assert.equal(ended.status, status, ended.stdout);
                assert.equal(ended.stdout.includes(`failed: --grep "a name"`), status === 1, ended.stdout);
            } finally {
                rmSync(folder, { recursive: true });
            }
        });
    }

    it("fails when a run of mocha ends before it has counted", () => {
        const folder = mkdtempSync(join(tmpdir(), "chattingo-uncounted-"));
        for (const name of ["npm", "mocha"]) {
            writeFileSync(join(folder, name), "#!/bin/sh\n", { mode: 0o755 });
        }
        try {
            const script = join(import.meta.dirname, "../../../scripts/test.ts");
            const ended = spawnSync(process.execPath, [script, "--layer", "unit"], {
                encoding: "utf8",
                env: { ...process.env, PATH: folder },
            });
            assert.equal(ended.status, 1, ended.stdout);
            assert.match(ended.stdout, /failed: tests of unit: mocha\n +ended with 0 before it had counted/);
            assert.match(ended.stdout, /\n1 passed, 1 failed, 0 skipped\n$/);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("runs every file that needs the real node, each once", () => {
        const cwd = join(import.meta.dirname, "../../..");
        const { spec } = parse(readFileSync(join(cwd, "test/real-node.mocharc.yaml"), "utf8")) as { spec: string[] };
        const files = globSync("test/{cluster/node,pipeline}/**/*.test.ts", { cwd }).toSorted();
        assert.ok(files.length > 5);
        assert.deepEqual(spec.flatMap((pattern) => globSync(pattern, { cwd })).toSorted(), files);
    });
});
