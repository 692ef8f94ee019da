// Runs the type check, the linter and every layer of tests, and adds up what passed.
// What failed is named at the end, however much was printed before it. The last line is the sum, alone on a line:
// "N passed, N failed, N skipped".

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { assertMachineIsFit } from "../lab/prerequisites.ts";
import { say } from "../lab/tools/progress.ts";
import type { Counts, Failure } from "../test/counting-reporter.ts";
import { endWithMessage } from "./end-with-message.ts";

/** The layers of `test/`, from the quickest to the slowest. */
const layers = ["unit", "workloads", "cluster", "pipeline"] as const;

/** A layer of `test/`. */
type Layer = (typeof layers)[number];

/** Where the output of a program goes: to the terminal as it comes, or there in one piece when the program has ended. */
type Output = "shown" | "kept";

const help = `Usage: node scripts/test.ts [--layer LAYER]... [--grep TEXT]

Runs the type check, the linter and all tests.
  --layer LAYER  only this layer (${layers.join(", ")}); may be given several times
  --grep TEXT    only tests whose title, with those of the suites around it, contains TEXT; one of them has to
Exit status 0 if everything passed, 1 if something failed, 2 for wrong arguments.`;

const projectFolder = join(import.meta.dirname, "..");

function runToEnd(
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    output: Output,
): Promise<number> {
    return new Promise((resolve) => {
        const stream = output === "shown" ? "inherit" : "pipe";
        const child = spawn(command, args, {
            cwd: projectFolder,
            env: { ...process.env, ...environment },
            stdio: ["ignore", stream, stream],
        });
        const kept: Buffer[] = [];
        child.stdout?.on("data", (piece: Buffer) => kept.push(piece));
        child.stderr?.on("data", (piece: Buffer) => kept.push(piece));
        child.on("error", (error) => {
            say(`${command} could not be started: ${error.message}`);
            resolve(1);
        });
        child.on("close", (code) => {
            process.stdout.write(Buffer.concat(kept));
            resolve(code ?? 1);
        });
    });
}

/** What a step counts as that is one test by itself: passed, or failed for a reason. */
function countOfOne(failure: Failure | undefined): Counts {
    return failure
        ? { passed: 0, failed: 1, skipped: 0, failures: [failure] }
        : { passed: 1, failed: 0, skipped: 0, failures: [] };
}

/**
 * Starts a program with mounts of its own, which end with it however it ends. Tests of workloads mount small volumes, and
 * those of the real node look at every mount of the machine meanwhile (https://man7.org/linux/man-pages/man1/unshare.1.html).
 */
const mountsOfItsOwn = ["unshare", "--mount"] as const;

/** One run of mocha; one that ends without counts, or with a failure that its counts do not show, counts as failed. */
async function runMocha(
    name: string,
    args: readonly string[],
    grep: string | undefined,
    output: Output,
    starter: readonly string[] = [],
) {
    const folder = mkdtempSync(join(tmpdir(), "chattingo-test-"));
    try {
        const countsFile = join(folder, "counts.json");
        const filter = grep ? ["--fgrep", grep] : [];
        say(`tests of ${name} ...`);
        const [command = "mocha", ...words] = [...starter, "mocha", ...args, ...filter];
        const status = await runToEnd(command, words, { TEST_COUNTS_FILE: countsFile }, output);
        say(`tests of ${name}: ended`);
        const within = (title: string) => `tests of ${name}: ${title}`;
        if (!existsSync(countsFile)) {
            return countOfOne({ title: within("mocha"), reason: `ended with ${status} before it had counted` });
        }
        const counts = JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
        const failures = counts.failures.map(({ title, reason }) => ({ title: within(title), reason }));
        if (status !== 0 && counts.failed === 0) {
            const unseen = { title: within("mocha"), reason: `ended with ${status} after all tests had passed` };
            return { ...counts, failed: 1, failures: [unseen] };
        }
        return { ...counts, failures };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** The type check and the linter, which count as one test. */
async function runCheck(output: Output): Promise<Counts> {
    say("type check and lint ...");
    const status = await runToEnd("npm", ["run", "--silent", "check"], {}, output);
    return countOfOne(status === 0 ? undefined : { title: "type check and lint", reason: `ended with ${status}` });
}

/** One step after the other. */
async function inTurn(steps: readonly (() => Promise<Counts>)[]): Promise<readonly Counts[]> {
    const results: Counts[] = [];
    for (const step of steps) {
        results.push(await step());
    }
    return results;
}

/**
 * All tests of the layers, in two rows side by side: what needs the one real node of the machine, and everything else,
 * one run of mocha after the other.
 */
async function runLayers(wanted: readonly Layer[], grep: string | undefined): Promise<readonly Counts[]> {
    const onNode = (["cluster", "pipeline"] as const).filter((layer) => wanted.includes(layer));
    if (onNode.length > 0 && grep === undefined) {
        const unfit = await assertMachineIsFit("node").catch((error: Error) => error.message);
        if (unfit !== undefined) {
            return [countOfOne({ title: "nothing was run", reason: unfit })];
        }
        // Otherwise two that need the same program would wait for each other.
        await runToEnd("lab/lab", ["build"], {}, "shown");
    }
    const elsewhere = wanted
        .filter((layer) => layer !== "pipeline")
        .map((layer) => () => {
            const apart = layer === "cluster" ? ["--ignore", "test/cluster/node/**"] : [];
            const starter = layer === "workloads" ? mountsOfItsOwn : [];
            return runMocha(layer, ["--config", `test/${layer}/.mocharc.yaml`, ...apart], grep, "shown", starter);
        });
    const ignored = (["cluster", "pipeline"] as const)
        .filter((layer) => !onNode.includes(layer))
        .flatMap((layer) => ["--ignore", `test/${layer}/**`]);
    const onRealNode = () =>
        runMocha("the real node", ["--config", "test/real-node.mocharc.yaml", ...ignored], grep, "kept");
    const rows = await Promise.all([
        inTurn([() => runCheck("shown"), ...elsewhere]),
        inTurn(onNode.length > 0 ? [onRealNode] : []),
    ]);
    return rows.flat();
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
    const wanted = layers.filter((layer) => values.layer?.includes(layer) ?? true);
    let results = await runLayers(wanted, values.grep);
    const sum = (count: "passed" | "failed" | "skipped") => results.reduce((total, result) => total + result[count], 0);
    const isCheckAlone = sum("passed") + sum("failed") + sum("skipped") === 1;
    if (values.grep !== undefined && isCheckAlone) {
        const reason = "no test's title contains it";
        results = [...results, countOfOne({ title: `--grep "${values.grep}"`, reason })];
    }
    for (const { title, reason } of results.flatMap(({ failures }) => failures)) {
        console.log(`failed: ${title}\n        ${reason}`);
    }
    console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
    return sum("failed") === 0 ? 0 : 1;
}

await endWithMessage(main, help);
