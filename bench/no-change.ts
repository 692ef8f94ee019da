// How long `pulumi up` and `pulumi preview` of a stack take when nothing changes, beside the engine's floor: a program of
// as many trivial resources of the same providers, on the same cluster, in the same run, turn by turn. Only the ratios
// mean anything: machines differ.

import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { isClusterRunning, startCluster, stopCluster } from "../lab/cluster.ts";
import { say, step } from "../lab/tools/progress.ts";
import { run } from "../lab/tools/run.ts";
import { endWithMessage } from "../scripts/end-with-message.ts";
import { type LabStack, nodesForStack, prepareLabStack, projectFolder, pulumi } from "../scripts/lab-stack.ts";
import { median } from "./median.ts";

/** What is measured, with the bound on (stack) / (floor). */
const commands = [
    { name: "up", args: ["up", "--yes", "--skip-preview"], allowedRatio: 1.5 },
    { name: "preview", args: ["preview"], allowedRatio: 1.6 },
] as const;

const help = `Usage: node bench/no-change.ts [--stack STACK] [--rounds N]

Measures \`pulumi up\` and \`pulumi preview\` of a stack without a change beside the engine's floor, each in turn, on the
lab's simulated cluster.
  --stack STACK  the stack (default dev)
  --rounds N     rounds of each (default 7)
Exit status 0 if the ratios of the medians are at most ${commands.map(({ name, allowedRatio }) => `${allowedRatio} (${name})`).join(" and ")}, 1 if one is not, 2 for
wrong arguments.`;

interface ExportedState {
    readonly deployment: { readonly resources: readonly { readonly type: string; readonly custom: boolean }[] };
}

/** How many resources of which kind a stack has: the configuration of the floor. */
interface ResourceCounts {
    readonly kubernetesResources: number;
    readonly awsResources: number;
    readonly components: number;
}

/**
 * Counts without the stack itself and the providers.
 *
 * @throws an error that names a resource of a provider that the floor does not know
 */
async function countResources(stack: LabStack): Promise<ResourceCounts> {
    const state = JSON.parse(await pulumi(stack, ["stack", "export"])) as ExportedState;
    const counted = state.deployment.resources.filter(({ type }) => !type.startsWith("pulumi:"));
    const custom = counted.filter((resource) => resource.custom);
    const ofProvider = (name: string) => custom.filter(({ type }) => type.startsWith(`${name}:`));
    const stranger = custom.find(({ type }) => !/^(kubernetes|aws):/.test(type));
    if (stranger !== undefined) {
        throw new Error(`${stranger.type}: the floor has resources of kubernetes and aws only (bench/engine-floor)`);
    }
    return {
        kubernetesResources: ofProvider("kubernetes").length,
        awsResources: ofProvider("aws").length,
        components: counted.length - custom.length,
    };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000;
}

/** Runs a command of Pulumi on something. */
type Pulumi = (args: readonly string[]) => Promise<unknown>;

/** Brings the floor up in a folder of its own, measures with it, and takes it away. */
async function withFloor<T>(
    stack: LabStack,
    counts: ResourceCounts,
    measure: (floor: Pulumi) => Promise<T>,
): Promise<T> {
    // The CLI writes into the stack file, so it works on a copy beside the program's dependencies.
    const folder = await mkdtemp(join(tmpdir(), "engine-floor-"));
    const floor: Pulumi = (args) =>
        run("pulumi", [...args, "--stack", "floor", "--cwd", folder, "--non-interactive"], { env: stack.environment });
    try {
        await cp(join(import.meta.dirname, "engine-floor"), folder, { recursive: true });
        await symlink(join(projectFolder, "node_modules"), join(folder, "node_modules"));
        await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
        const config = Object.fromEntries(Object.entries(counts).map(([key, count]) => [`engine-floor:${key}`, count]));
        await writeFile(join(folder, "Pulumi.floor.yaml"), stringify({ config }));
        await floor(["stack", "init"]);
        try {
            await step("pulumi up of the floor", undefined, () => floor(["up", "--yes", "--skip-preview"]));
            return await measure(floor);
        } finally {
            await floor(["destroy", "--yes", "--skip-preview"]);
            await floor(["stack", "rm", "--yes"]);
        }
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** Measures the commands in turn; true if every ratio is within its bound. */
async function compare(name: string, stack: Pulumi, floor: Pulumi, rounds: number): Promise<boolean> {
    const measured = commands.map((command) => ({ ...command, ofStack: [] as number[], ofFloor: [] as number[] }));
    for (let round = 1; round <= rounds; round++) {
        for (const command of measured) {
            const ofStack = await seconds(() => stack(command.args));
            const ofFloor = await seconds(() => floor(command.args));
            command.ofStack.push(ofStack);
            command.ofFloor.push(ofFloor);
            say(
                `round ${round}: ${command.name} of ${name} ${ofStack.toFixed(2)} s, of the floor ${ofFloor.toFixed(2)} s`,
            );
        }
    }
    const results = measured.map(({ name: command, allowedRatio, ofStack, ofFloor }) => {
        const ratio = median(ofStack) / median(ofFloor);
        console.log(
            `no-change ${command} of ${name}: median ${median(ofStack).toFixed(2)} s; floor: ${median(ofFloor).toFixed(2)} s; ` +
                `ratio ${ratio.toFixed(2)} (allowed ${allowedRatio})`,
        );
        return ratio <= allowedRatio;
    });
    return results.every((isWithin) => isWithin);
}

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string", default: "dev" },
            rounds: { type: "string", default: "7" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) {
        console.error(`--rounds ${values.rounds}: expected a whole number of at least 1`);
        return 2;
    }
    const wasRunning = await isClusterRunning("simulated");
    try {
        await startCluster("simulated", wasRunning ? {} : { nodes: nodesForStack(values.stack) });
        const stack = await prepareLabStack("simulated", values.stack);
        const ofStack: Pulumi = (args) => pulumi(stack, args);
        await step(`pulumi up of ${values.stack}`, undefined, () => ofStack(["up", "--yes", "--skip-preview"]));
        const counts = await countResources(stack);
        say(`${values.stack} has ${JSON.stringify(counts)}`);
        const isWithin = await withFloor(stack, counts, (floor) => compare(values.stack, ofStack, floor, rounds));
        return isWithin ? 0 : 1;
    } finally {
        if (!wasRunning) {
            await stopCluster("simulated");
        }
    }
}

await endWithMessage(main, help);
