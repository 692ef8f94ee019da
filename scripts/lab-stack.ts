// One stack of this program on a cluster of the lab: its configuration file, its environment and the Pulumi CLI.
//
// The lab never writes into the work tree: the stack's file is copied beside the lab's state, and what only the lab
// needs (the address of the emulated S3, the salt of the stack's passphrase) is added to the copy.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { ClusterKind } from "../lab/cluster.ts";
import { clusterFolder } from "../lab/cluster.ts";
import { emulatedAwsForPods } from "../lab/emulated-aws-service.ts";
import { labEnvironment } from "../lab/environment.ts";
import { RunError, run } from "../lab/tools/run.ts";
import { parseSettings, readStackConfig } from "../settings/index.ts";
import { stackFile } from "../settings/project-files.ts";

/** Folder of the Pulumi program. */
export const projectFolder = join(import.meta.dirname, "..");

/** Settings that a stack needs only because it runs in the lab. */
const labOverrides: Readonly<Record<ClusterKind, Readonly<Record<string, unknown>>>> = {
    node: { "chattingo-logging:archive.endpoint": emulatedAwsForPods },
    simulated: {},
};

/** Commands of the CLI that read no configuration and refuse the option that names it. */
const configless = new Set(["stack"]);

const passwordKey = "chattingo-logging:search.passwordKey";

interface StackFile {
    config?: Record<string, unknown>;
    encryptionsalt?: string;
}

/**
 * Nodes that a simulated cluster has to have for a stack, undefined for as many as it has by default: one where only one
 * node could mount the archive volume.
 *
 * @throws SettingsError when settings of the stack's file are wrong
 */
export function nodesForStack(name: string): number | undefined {
    const { values, origins } = readStackConfig(name);
    return parseSettings(name, values, origins).archive.volumeAccessMode === "ReadWriteOnce" ? 1 : undefined;
}

/** A stack that exists in the lab's Pulumi backend. */
export interface LabStack {
    readonly name: string;
    readonly configFile: string;
    /** Environment of the Pulumi CLI, kubectl and everything else that acts on this stack. */
    readonly environment: Readonly<Record<string, string>>;
}

/** What may be given to {@link pulumi} beside the arguments of the CLI. */
export interface PulumiOptions {
    /** Added to the stack's environment; `undefined` removes a variable. */
    readonly environment?: Readonly<Record<string, string | undefined>>;
    /** Called with each piece of output as it arrives. */
    readonly onOutput?: (text: string) => void;
    /** What the CLI reads from its standard input. */
    readonly input?: string;
}

/**
 * Makes the stack known to the lab's backend, with the stack file of the work tree as it is now.
 *
 * @param overrides config keys, with their namespace, that differ from the stack file; `undefined` removes a key
 * @throws an error that lists the existing stacks when there is no file for this one
 */
export async function prepareLabStack(
    kind: ClusterKind,
    name: string,
    overrides: Readonly<Record<string, unknown>> = {},
): Promise<LabStack> {
    const environment = await labEnvironment(kind);
    return prepareStackIn(clusterFolder(kind), name, environment, { ...labOverrides[kind], ...overrides });
}

/**
 * The same for a cluster that is no lab: its stack file is kept in `folder`, and `environment` names cluster and backend.
 *
 * @throws an error that lists the existing stacks when there is no file for this one
 */
export async function prepareStackIn(
    folder: string,
    name: string,
    environment: Readonly<Record<string, string>>,
    overrides: Readonly<Record<string, unknown>>,
): Promise<LabStack> {
    stackFile(name);
    const stack = { name, configFile: join(folder, `Pulumi.${name}.yaml`), environment };
    if (!existsSync(stack.configFile)) {
        await initialiseStack(stack);
    }
    await configureLabStack(stack, overrides);
    await ensurePasswordKey(stack);
    return stack;
}

/**
 * Gives a stack with security a key of its own, as its operator would: the one that its stack file may hold can't be
 * decrypted here.
 */
async function ensurePasswordKey(stack: LabStack): Promise<void> {
    const { config = {} } = (parse(await readFile(stack.configFile, "utf8")) as StackFile | null) ?? {};
    if (String(config["chattingo-logging:search.security"]) !== "false" && config[passwordKey] === undefined) {
        await pulumi(stack, ["config", "set", "--secret", passwordKey], { input: randomBytes(32).toString("hex") });
    }
}

/**
 * Makes the stack in the backend. The CLI writes the salt of the stack's passphrase into the project's stack file, so it
 * is given a project of the same name in a folder of its own, and the salt is taken from there.
 */
async function initialiseStack({ name, configFile, environment }: LabStack): Promise<void> {
    const scratchFolder = await mkdtemp(join(tmpdir(), "chattingo-stack-"));
    try {
        await copyFile(join(projectFolder, "Pulumi.yaml"), join(scratchFolder, "Pulumi.yaml"));
        const initialise = ["stack", "init", name, "--cwd", scratchFolder, "--non-interactive"];
        await run("pulumi", initialise, { env: environment });
        await copyFile(join(scratchFolder, `Pulumi.${name}.yaml`), configFile);
    } finally {
        await rm(scratchFolder, { recursive: true, force: true });
    }
}

/** Rewrites the stack's configuration: the work tree's stack file, then `overrides`. */
export async function configureLabStack(stack: LabStack, overrides: Readonly<Record<string, unknown>>): Promise<void> {
    const source = stackFile(stack.name);
    const fromWorkTree = parse(await readFile(source, "utf8")) as StackFile | null;
    const existing = existsSync(stack.configFile)
        ? (parse(await readFile(stack.configFile, "utf8")) as StackFile | null)
        : undefined;
    const ofLab = { [passwordKey]: existing?.config?.[passwordKey] };
    const config = Object.fromEntries(
        Object.entries({ ...fromWorkTree?.config, ...ofLab, ...overrides }).filter(([, value]) => value !== undefined),
    );
    const salt = existing?.encryptionsalt ? { encryptionsalt: existing.encryptionsalt } : {};
    await writeFile(stack.configFile, stringify({ ...salt, config }));
}

/**
 * Runs the Pulumi CLI on the stack, without questions, and returns its standard output.
 *
 * @throws RunError with the CLI's last lines when it fails
 */
export function pulumi(stack: LabStack, args: readonly string[], options: PulumiOptions = {}): Promise<string> {
    return run(
        "pulumi",
        [
            ...args,
            "--stack",
            stack.name,
            "--cwd",
            projectFolder,
            ...(configless.has(args[0] ?? "") ? [] : ["--config-file", stack.configFile]),
            "--non-interactive",
        ],
        {
            env: { ...stack.environment, ...options.environment },
            onOutput: options.onOutput,
            input: options.input,
        },
    );
}

/** One step of a preview: what the engine would do with one resource. */
export interface PreviewStep {
    readonly operation: string;
    readonly type: string;
    readonly name: string;
    /** Paths of the properties that differ, as the engine names them. */
    readonly differences: readonly string[];
}

/** What the engine tells of a step, in a preview's digest as in its event log. */
export interface EngineStep {
    readonly op: string;
    readonly urn: string;
    readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

/** Those of the engine's steps that change something. */
export function changesAmong(steps: readonly EngineStep[]): readonly PreviewStep[] {
    return steps
        .filter(({ op }) => op !== "same" && op !== "read")
        .map(({ op, urn, detailedDiff }) => {
            const parts = urn.split("::");
            return {
                operation: op,
                type: (parts[2] ?? "").split("$").at(-1) ?? "",
                name: parts.slice(3).join("::"),
                differences: Object.keys(detailedDiff ?? {}).toSorted(),
            };
        });
}

/** The steps of `pulumi preview` that change something. */
export async function previewChanges(stack: LabStack): Promise<readonly PreviewStep[]> {
    const digest = JSON.parse(await pulumi(stack, ["preview", "--json"])) as { readonly steps?: readonly EngineStep[] };
    return changesAmong(digest.steps ?? []);
}

/** Output of a command that is expected to fail. */
export async function failureOf(command: Promise<unknown>): Promise<string> {
    try {
        await command;
    } catch (error) {
        if (error instanceof RunError) {
            return error.output;
        }
        throw error;
    }
    throw new Error("the command was expected to fail and ended with status 0");
}
