// Runs every layer of tests, in parts side by side, and adds up what passed.
// What failed is named at the end, however much was printed before it. The last line is the sum, alone on a line:
// "N passed, N failed, N skipped".

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, getPriority, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import type { Counts, Failure } from "../test/counting-reporter.ts";
import { sayEnded, sharingEnvironment } from "../test/node-sharing.ts";
import { endWithMessage } from "./end-with-message.ts";
import { anywhere, configOf, type Layer, layers, onRealNode, type Part } from "./test-parts.ts";

/** Parts that run at a time: each of them waits for some of its time. */
const sideBySide = 4;

/** By how much a part is nicer than this program (`man 7 sched`) to a part that comes first. */
const nicerBy = 10;

const help = `Usage: node scripts/test.ts [--layer LAYER]... [--grep TEXT]

Runs the type check, the linter and all tests.
  --layer LAYER  only this layer (${layers.join(", ")}); may be given several times
  --grep TEXT    only tests whose title, with those of the suites around it, contains TEXT; one of them has to
Exit status 0 if everything passed, 1 if something failed, 2 for wrong arguments.`;

const projectFolder = join(import.meta.dirname, "..");

/** Runs a program; its output is shown as it comes, or kept until it has ended. */
function runToEnd(
    command: string,
    args: readonly string[],
    environment: Record<string, string>,
    output: "shown" | "kept",
    isNice = false,
): Promise<number> {
    return new Promise((resolve) => {
        const stream = output === "shown" ? "inherit" : "pipe";
        const child = spawn(command, args, {
            cwd: projectFolder,
            env: { ...process.env, ...environment },
            stdio: ["ignore", stream, stream],
        });
        if (isNice && child.pid !== undefined) {
            setPriority(child.pid, Math.min(getPriority() + nicerBy, constants.priority.PRIORITY_LOW));
        }
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

/** Runs one part; one that ends without counts, or with a failure that its counts do not show, counts as failed. */
async function runPart(
    part: Part,
    grep: string | undefined,
    scratchFolder: string,
    output: "shown" | "kept",
    isNice: boolean,
): Promise<Counts> {
    const countsFile = join(scratchFolder, `${part.name}.json`);
    const sharing = part.nodeRole === undefined ? {} : sharingEnvironment(part.nodeRole, scratchFolder);
    const ignore = (part.ignore ?? []).flatMap((pattern) => ["--ignore", pattern]);
    const filter = grep ? ["--fgrep", grep] : [];
    say(`tests of ${part.name} ...`);
    const status = await runToEnd(
        "mocha",
        ["--config", configOf(part), ...ignore, ...filter],
        { TEST_COUNTS_FILE: countsFile, ...sharing },
        output,
        isNice,
    ).finally(() => {
        if (part.nodeRole !== undefined) {
            sayEnded(part.nodeRole, scratchFolder);
        }
    });
    say(`tests of ${part.name}: ended`);
    const within = (title: string) => `tests of ${part.name}: ${title}`;
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
}

/** The type check and the linter, which count as one test. */
async function runCheck(isNice: boolean): Promise<Counts> {
    say("type check and lint ...");
    const status = await runToEnd("npm", ["run", "--silent", "check"], {}, "kept", isNice);
    return countOfOne(status === 0 ? undefined : { title: "type check and lint", reason: `ended with ${status}` });
}

/** Runs what is in the queue, a few at a time, each started when its turn comes. */
async function runSideBySide(queue: readonly (() => Promise<Counts>)[]): Promise<readonly Counts[]> {
    const left = [...queue];
    const results: Counts[] = [];
    const lane = async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
            results.push(await next());
        }
    };
    await Promise.all(Array.from({ length: sideBySide }, lane));
    return results;
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
    const isWanted = (layer: Layer) => values.layer?.includes(layer) ?? true;
    const onNode = onRealNode(isWanted);
    const elsewhere = anywhere.filter(({ layer }) => isWanted(layer));
    const isOnePart = onNode.length + elsewhere.length === 1;
    if (!isOnePart) {
        // Otherwise those who need the same would wait for whoever makes it first.
        await runToEnd("lab/lab", ["build"], {}, "shown");
    }
    const scratchFolder = mkdtempSync(join(tmpdir(), "chattingo-test-"));
    let results: readonly Counts[];
    try {
        const isNice = (part?: Part) => onNode.length > 0 && !part?.comesFirst;
        const ofPart = (part: Part) => () =>
            runPart(part, values.grep, scratchFolder, isOnePart ? "shown" : "kept", isNice(part));
        results = await runSideBySide([...onNode.map(ofPart), () => runCheck(isNice()), ...elsewhere.map(ofPart)]);
    } finally {
        rmSync(scratchFolder, { recursive: true, force: true });
    }
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
