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

/** The layers of `test/`, from the quickest to the slowest. */
const layers = ["unit", "workloads", "cluster"] as const;

type Layer = (typeof layers)[number];

/** Tests that one run of mocha takes on. */
interface Part {
    readonly name: string;
    readonly layer: Layer;
    /** Files of the layer that another part takes on. */
    readonly ignore?: string;
}

/**
 * What runs side by side. The real node is one for the whole machine and spends much of its time waiting; everything else
 * is apart from it.
 */
const lanes: readonly (readonly Part[])[] = [
    [
        { name: "unit", layer: "unit" },
        { name: "workloads", layer: "workloads" },
        { name: "cluster, simulated", layer: "cluster", ignore: "test/cluster/node/**" },
    ],
    [{ name: "cluster, real node", layer: "cluster", ignore: "test/cluster/simulated/**" }],
];

const help = `Usage: node scripts/test.ts [--layer LAYER]... [--grep TEXT]

Runs the type check, the linter and all tests.
  --layer LAYER  only this layer (${layers.join(", ")}); may be given several times
  --grep TEXT    only tests whose title contains TEXT
Exit status 0 if everything passed, 1 if something failed, 2 for wrong arguments.`;

const projectFolder = join(import.meta.dirname, "..");

/** Runs a program; its output is shown as it comes, or kept until it has ended. */
function runToEnd(
    command: string,
    args: readonly string[],
    environment: Record<string, string>,
    output: "shown" | "kept",
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

/** Runs one part; one that ends without counts, or with a failure that its counts do not show, counts as failed. */
async function runPart(
    part: Part,
    grep: string | undefined,
    scratchFolder: string,
    output: "shown" | "kept",
): Promise<Counts> {
    const countsFile = join(scratchFolder, `${part.name}.json`);
    const ignore = part.ignore === undefined ? [] : ["--ignore", part.ignore];
    const filter = grep ? ["--fgrep", grep] : [];
    say(`tests of ${part.name} ...`);
    const status = await runToEnd(
        "mocha",
        ["--config", `test/${part.layer}/.mocharc.yaml`, ...ignore, ...filter],
        { TEST_COUNTS_FILE: countsFile },
        output,
    );
    say(`tests of ${part.name}: ended`);
    if (!existsSync(countsFile)) {
        return { passed: 0, failed: 1, skipped: 0 };
    }
    const counts = JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Runs the parts of a lane one after the other. */
async function runLane(parts: readonly Part[], run: (part: Part) => Promise<Counts>): Promise<readonly Counts[]> {
    const results: Counts[] = [];
    for (const part of parts) {
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
        results.push({ passed: check === 0 ? 1 : 0, failed: check === 0 ? 0 : 1, skipped: 0 });
        const wanted = lanes
            .map((parts) => parts.filter(({ layer }) => values.layer?.includes(layer) ?? true))
            .filter((parts) => parts.length > 0);
        if (wanted.length > 1) {
            // Both at once make what they share only once, whoever comes first; so that neither waits for the other.
            await runToEnd("lab/lab", ["build"], {}, "shown");
        }
        const ended = await Promise.all(
            wanted.map((parts, lane) =>
                runLane(parts, (part) => runPart(part, values.grep, scratchFolder, lane === 0 ? "shown" : "kept")),
            ),
        );
        results.push(...ended.flat());
    } finally {
        rmSync(scratchFolder, { recursive: true, force: true });
    }
    const sum = (count: keyof Counts) => results.reduce((total, result) => total + result[count], 0);
    console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
    return sum("failed") === 0 ? 0 : 1;
}

await endWithMessage(main, help);
