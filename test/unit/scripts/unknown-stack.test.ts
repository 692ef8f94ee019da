// What the commands say to a stack that does not exist, or that they can't bring up, before they do anything.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const projectFolder = join(import.meta.dirname, "../../..");

/** Calls a command as make does, with a folder for a lab's state that is not there. */
function make(command: string, stack: string, ...rest: readonly string[]) {
    const folder = mkdtempSync(join(tmpdir(), "unknown-stack-"));
    const labFolder = join(folder, "run");
    try {
        const { status, stderr } = spawnSync(
            process.execPath,
            [join(projectFolder, "scripts", `${command}.ts`), "--stack", stack, ...rest],
            { encoding: "utf8", env: { ...process.env, CHATTINGO_LAB_RUN: labFolder } },
        );
        return { status, stderr, hasStarted: existsSync(labFolder) };
    } finally {
        rmSync(folder, { recursive: true });
    }
}

describe("a stack that does not exist", function () {
    this.timeout(30_000);

    for (const [command, ...rest] of [
        ["preview"],
        ["up"],
        ["render", "--out", "nowhere"],
        ["pin-images"],
        ["estimate", "--gb-per-day", "1"],
    ] as const) {
        it(`is named by ${command}, with those that there are and the one that was meant, and nothing is started`, () => {
            const { status, stderr, hasStarted } = make(command, "prd", ...rest);
            assert.equal(status, 1);
            assert.match(
                stderr,
                /^stack prd: there is no Pulumi\.prd\.yaml .*there are: compliance, dev, prod; did you mean prod\?\n.*pulumi stack init prd$/m,
            );
            assert.ok(!hasStarted);
        });
    }
});

describe("make up of another stack than dev", function () {
    this.timeout(30_000);

    it("brings up nothing in its place, and says what to do", () => {
        const { status, stderr, hasStarted } = make("up", "prod");
        assert.equal(status, 2);
        assert.match(stderr, /only dev fits.*make preview STACK=prod.*pulumi up --stack prod/);
        assert.ok(!hasStarted);
    });
});
