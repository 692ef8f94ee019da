// Runs every layer of tests, from the quickest to the slowest, and adds up what passed.
// The last line is the sum, alone on a line: "N passed, N failed, N skipped".

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import { endWithMessage } from "./end-with-message.ts";

interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
}

/** The layers of `test/`, in the order in which they run. */
const layers = ["unit", "workloads", "cluster"] as const;

const help = `Usage: node scripts/test.ts [--layer LAYER]... [--grep TEXT]

Runs the type check, the linter and all tests.
  --layer LAYER  only this layer (${layers.join(", ")}); may be given several times
  --grep TEXT    only tests whose title contains TEXT
Exit status 0 if everything passed, 1 if something failed, 2 for wrong arguments.`;

const projectFolder = join(import.meta.dirname, "..");

function runToEnd(command: string, args: readonly string[], environment: Record<string, string>): Promise<number> {
    return new Promise((resolve) => {
        const child = spawn(command, args, {
            cwd: projectFolder,
            env: { ...process.env, ...environment },
            stdio: ["ignore", "inherit", "inherit"],
        });
        child.on("error", (error) => {
            say(`${command} could not be started: ${error.message}`);
            resolve(1);
        });
        child.on("close", (code) => resolve(code ?? 1));
    });
}

/** Runs one layer; a layer that ends without counts, or with a failure that its counts do not show, counts as failed. */
async function runLayer(layer: string, grep: string | undefined, scratchFolder: string): Promise<Counts> {
    const countsFile = join(scratchFolder, `${layer}.jsonl`);
    const filter = grep ? ["--fgrep", grep] : [];
    const status = await runToEnd("mocha", ["--config", `test/${layer}/.mocharc.yaml`, ...filter], {
        TEST_COUNTS_FILE: countsFile,
    });
    if (!existsSync(countsFile)) {
        return { passed: 0, failed: 1, skipped: 0 };
    }
    const counts = JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            layer: { type: "string", multiple: true },
            grep: { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const unknown = values.layer?.find((layer) => !layers.some((known) => known === layer));
    if (unknown !== undefined) {
        console.error(`--layer ${unknown}: there is no such layer; choose one of ${layers.join(", ")}`);
        return 2;
    }
    const scratchFolder = mkdtempSync(join(tmpdir(), "chattingo-test-"));
    const results: Counts[] = [];
    try {
        say("type check and lint ...");
        const check = await runToEnd("npm", ["run", "--silent", "check"], {});
        results.push({ passed: check === 0 ? 1 : 0, failed: check === 0 ? 0 : 1, skipped: 0 });
        for (const layer of values.layer ?? layers) {
            say(`tests of layer ${layer} ...`);
            results.push(await runLayer(layer, values.grep, scratchFolder));
        }
    } finally {
        rmSync(scratchFolder, { recursive: true, force: true });
    }
    const sum = (count: keyof Counts) => results.reduce((total, result) => total + result[count], 0);
    console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
    return sum("failed") === 0 ? 0 : 1;
}

await endWithMessage(main, help);
