// Runs every layer of tests, from the quickest to the slowest, and adds up what passed.
// What failed is named at the end, however much was printed before it. The last line is the sum, alone on a line:
// "N passed, N failed, N skipped".

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, getPriority, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import type { Counts, Failure } from "../test/counting-reporter.ts";
import { endWithMessage } from "./end-with-message.ts";
import { anywhere, configOf, type Layer, layers, onRealNode, type Part } from "./test-parts.ts";

/** Parts that run at a time: each of them waits for some of its time. */
const sideBySide = 4;

/** By how much a part is nicer than this program (`man 7 sched`) to a part that comes first. */
const nicerBy = 5;

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
    const ignore = (part.ignore ?? []).flatMap((pattern) => ["--ignore", pattern]);
    const filter = grep ? ["--fgrep", grep] : [];
    say(`tests of ${part.name} ...`);
    const status = await runToEnd(
        "mocha",
        ["--config", configOf(part), ...ignore, ...filter],
        { TEST_COUNTS_FILE: countsFile },
        output,
        isNice,
    );
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

/** Runs parts one after the other: first `own`, then whatever is left in the queue that it shares with others. */
async function runLane(
    own: readonly Part[],
    queue: Part[],
    run: (part: Part) => Promise<Counts>,
): Promise<readonly Counts[]> {
    const results: Counts[] = [];
    const mine = [...own];
    for (let part = mine.shift() ?? queue.shift(); part !== undefined; part = mine.shift() ?? queue.shift()) {
        results.push(await run(part));
    }
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
    const scratchFolder = mkdtempSync(join(tmpdir(), "chattingo-test-"));
    const results: Counts[] = [];
    try {
        say("type check and lint ...");
        const check = await runToEnd("npm", ["run", "--silent", "check"], {}, "shown");
        results.push(
            countOfOne(check === 0 ? undefined : { title: "type check and lint", reason: `ended with ${check}` }),
        );
        const isWanted = (layer: Layer) => values.layer?.includes(layer) ?? true;
        const queue = anywhere.filter(({ layer }) => isWanted(layer));
        const own = onRealNode(isWanted);
        if (queue.length + own.length > 1) {
            // Otherwise those who need the same would wait for whoever makes it first.
            await runToEnd("lab/lab", ["build"], {}, "shown");
        }
        const lanes = [own, ...Array<readonly Part[]>(sideBySide - 1).fill([])];
        const output = queue.length + own.length > 1 ? "kept" : "shown";
        const isNice = (part: Part) => own.length > 0 && !part.comesFirst;
        const ended = await Promise.all(
            lanes.map((parts) =>
                runLane(parts, queue, (part) => runPart(part, values.grep, scratchFolder, output, isNice(part))),
            ),
        );
        results.push(...ended.flat());
        if (
            values.grep !== undefined &&
            ended.flat().every(({ passed, failed, skipped }) => passed + failed + skipped === 0)
        ) {
            results.push(countOfOne({ title: `--grep "${values.grep}"`, reason: "no test's title contains it" }));
        }
    } finally {
        rmSync(scratchFolder, { recursive: true, force: true });
    }
    for (const { title, reason } of results.flatMap(({ failures }) => failures)) {
        console.log(`failed: ${title}\n        ${reason}`);
    }
    const sum = (count: "passed" | "failed" | "skipped") => results.reduce((total, result) => total + result[count], 0);
    console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
    return sum("failed") === 0 ? 0 : 1;
}

await endWithMessage(main, help);
