// Runs documented commands as their reader would: block by block, in a folder that looks like a checkout.

import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LabStack, projectFolder, pulumi } from "../../scripts/lab-stack.ts";
import { type DocumentedCommand, documentedCommands } from "./commands.ts";
import { type Rule, ruleOf } from "./rules.ts";

type RunRule = Extract<Rule, { readonly run: string }>;

interface Runnable {
    readonly command: DocumentedCommand;
    readonly rule: RunRule;
}

/** One block of a document, as far as it is run. */
export interface RunnableBlock {
    /** File and line. */
    readonly where: string;
    readonly commands: readonly Runnable[];
}

const commandSeconds = 240;

/** What the documents tell people to run on the dev stack, in their order; a block that occurs twice is there once. */
export function blocksOnDevStack(): readonly RunnableBlock[] {
    const blocks = new Map<string, Runnable[]>();
    for (const command of documentedCommands()) {
        const rule = ruleOf(command.text);
        if (rule !== undefined && "run" in rule) {
            blocks.set(command.block, [...(blocks.get(command.block) ?? []), { command, rule }]);
        }
    }
    const text = (commands: readonly Runnable[]) => commands.map(({ command }) => command.text).join("\n");
    const distinct = new Map([...blocks].map(([where, commands]) => [text(commands), { where, commands }]));
    return [...distinct.values()];
}

/** A folder with everything of the work tree, whose file of the dev stack is the one of the lab. */
export async function withCheckout<T>(stack: LabStack, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), "documented-commands-"));
    try {
        const stackFile = `Pulumi.${stack.name}.yaml`;
        for (const entry of await readdir(projectFolder)) {
            if (entry !== stackFile && entry !== ".git") {
                await symlink(join(projectFolder, entry), join(folder, entry));
            }
        }
        await copyFile(stack.configFile, join(folder, stackFile));
        return await work(folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/**
 * Runs a block; its commands know the variables that the ones before have set.
 *
 * @throws an error with the output when a command ends otherwise than its rule allows
 */
export async function runBlock(block: RunnableBlock, folder: string, stack: LabStack): Promise<void> {
    const lines: string[] = [];
    for (const { command, rule } of block.commands) {
        const text = await filledIn(command.text, stack);
        if (rule.until === undefined) {
            lines.push(...scriptOf(text, rule.statuses));
        } else {
            await runUntil(text, rule.until, folder, stack);
        }
    }
    const { status, output } = await bash(lines.join("\n"), folder, stack);
    if (status !== 0) {
        throw new Error(`${block.where}: status ${status}\n${lines.join("\n")}\n${output.slice(-4000)}`);
    }
}

/**
 * The lines of a script that run a command and end with 99 when it ends with another status than those allowed.
 *
 * A restart is waited for, as its reader does before going on: no log can be read while the pod's containers start.
 */
export function scriptOf(text: string, statuses: readonly number[] = [0]): readonly string[] {
    const check = `status=$?; [[ " ${statuses.join(" ")} " == *" $status "* ]] || { echo "status $status"; exit 99; }`;
    return /^kubectl rollout restart /.test(text)
        ? [text, check, `${text.replace("restart", "status")} --timeout=3m`, check]
        : [text, check];
}

/** What documents leave to their reader. */
async function filledIn(text: string, stack: LabStack): Promise<string> {
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    const filled = text.replace(/FROM=\S+/, `FROM=${day(-1)}`).replace(/TO=\S+/, `TO=${day(1)}`);
    return filled.includes("URN-OF-THE-ACCESS-KEY")
        ? filled.replace("URN-OF-THE-ACCESS-KEY", `'${await urnOfAccessKey(stack)}'`)
        : filled;
}

async function urnOfAccessKey(stack: LabStack): Promise<string> {
    const state = JSON.parse(await pulumi(stack, ["stack", "export"])) as {
        readonly deployment: { readonly resources: readonly { readonly urn: string }[] };
    };
    const urn = state.deployment.resources
        .map((resource) => resource.urn)
        .find((each) => each.endsWith("aws:iam/accessKey:AccessKey::s3-uploader"));
    if (urn === undefined) {
        throw new Error("the stack has no access key of the uploader");
    }
    return urn;
}

function start(script: string, folder: string, stack: LabStack) {
    return spawn("bash", ["-c", script], {
        cwd: folder,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        // Whoever reads the documents answers the engine's questions; here nobody does.
        env: { ...process.env, ...stack.environment, PULUMI_SKIP_CONFIRMATIONS: "true" },
    });
}

function bash(script: string, folder: string, stack: LabStack): Promise<{ status: number; output: string }> {
    return new Promise((resolve, reject) => {
        const child = start(script, folder, stack);
        let output = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.on("data", (piece: Buffer) => {
                output += piece.toString("utf8");
            });
        }
        const timer = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), commandSeconds * 1000);
        child.once("error", reject);
        child.once("close", (code) => {
            clearTimeout(timer);
            resolve({ status: code ?? -1, output });
        });
    });
}

/** Runs what does not end by itself, until it has printed `words`, and ends it. */
function runUntil(text: string, words: RegExp, folder: string, stack: LabStack): Promise<void> {
    return new Promise((resolve, reject) => {
        const child = start(`exec ${text}`, folder, stack);
        let output = "";
        let isDone = false;
        const end = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
        const timer = setTimeout(end, commandSeconds * 1000);
        for (const stream of [child.stdout, child.stderr]) {
            stream.on("data", (piece: Buffer) => {
                output += piece.toString("utf8");
                if (!isDone && words.test(output)) {
                    isDone = true;
                    end();
                }
            });
        }
        child.once("error", reject);
        child.once("close", () => {
            clearTimeout(timer);
            return isDone ? resolve() : reject(new Error(`${text}: never printed ${words}\n${output}`));
        });
    });
}
