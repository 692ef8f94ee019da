// How long a `pulumi up` of dev takes that changes nothing, beside the engine's floor: a program of as many trivial
// resources, on the same cluster, in the same run, turn by turn. Only the ratio means anything: machines differ.

import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { isClusterRunning, startCluster, stopCluster } from "../lab/cluster.ts";
import { say, step } from "../lab/tools/progress.ts";
import { run } from "../lab/tools/run.ts";
import { endWithMessage } from "../scripts/end-with-message.ts";
import { type LabStack, prepareLabStack, projectFolder, pulumi } from "../scripts/lab-stack.ts";
import { median } from "./median.ts";

/** The bound on (no-change up of dev) / (no-change up of the floor). */
const allowedRatio = 1.5;

const help = `Usage: node bench/no-change-up.ts [--rounds N]

Measures a no-change \`pulumi up\` of dev beside the engine's floor, N rounds of each in turn (default 7).
Exit status 0 if the ratio of the medians is at most ${allowedRatio}, 1 if it is not, 2 for wrong arguments.`;

interface ExportedState {
    readonly deployment: { readonly resources: readonly { readonly type: string; readonly custom: boolean }[] };
}

/** Number of custom and of component resources in the stack, without the stack itself and the providers. */
async function countResources(stack: LabStack): Promise<{ customResources: number; components: number }> {
    const state = JSON.parse(await pulumi(stack, ["stack", "export"])) as ExportedState;
    const counted = state.deployment.resources.filter(({ type }) => !type.startsWith("pulumi:"));
    const customResources = counted.filter((resource) => resource.custom).length;
    return { customResources, components: counted.length - customResources };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000;
}

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { rounds: { type: "string", default: "7" }, help: { type: "boolean", short: "h" } },
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
    const wasRunning = await isClusterRunning("node");
    const scratchFolder = await mkdtemp(join(tmpdir(), "engine-floor-"));
    try {
        await startCluster("node");
        const stack = await prepareLabStack("node", "dev");
        await step("pulumi up of dev", undefined, () => pulumi(stack, ["up", "--yes", "--skip-preview"]));
        const counts = await countResources(stack);
        // The CLI writes into the stack file, so it works on a copy beside the program's dependencies.
        await cp(join(import.meta.dirname, "engine-floor"), scratchFolder, { recursive: true });
        await symlink(join(projectFolder, "node_modules"), join(scratchFolder, "node_modules"));
        await writeFile(join(scratchFolder, "package.json"), JSON.stringify({ type: "module" }));
        const config = Object.fromEntries(Object.entries(counts).map(([key, count]) => [`engine-floor:${key}`, count]));
        await writeFile(join(scratchFolder, "Pulumi.floor.yaml"), stringify({ config }));
        const floor = (args: readonly string[]) =>
            run("pulumi", [...args, "--cwd", scratchFolder, "--non-interactive"], {
                env: stack.environment,
            });
        await floor(["stack", "init", "floor"]);
        const upFloor = () => floor(["up", "--yes", "--skip-preview", "--stack", "floor"]);
        try {
            await step("pulumi up of the floor", undefined, upFloor);
            const devSeconds: number[] = [];
            const floorSeconds: number[] = [];
            for (let round = 1; round <= rounds; round++) {
                devSeconds.push(await seconds(() => pulumi(stack, ["up", "--yes", "--skip-preview"])));
                floorSeconds.push(await seconds(upFloor));
                say(
                    `round ${round}: dev ${devSeconds.at(-1)?.toFixed(2)} s, floor ${floorSeconds.at(-1)?.toFixed(2)} s`,
                );
            }
            const ratio = median(devSeconds) / median(floorSeconds);
            console.log(
                `no-change up of dev (${counts.customResources} resources, ${counts.components} components): ` +
                    `median ${median(devSeconds).toFixed(2)} s; floor: ${median(floorSeconds).toFixed(2)} s; ` +
                    `ratio ${ratio.toFixed(2)} (allowed ${allowedRatio})`,
            );
            return ratio <= allowedRatio ? 0 : 1;
        } finally {
            await floor(["destroy", "--yes", "--skip-preview", "--stack", "floor"]);
            await floor(["stack", "rm", "--yes", "--stack", "floor"]);
        }
    } finally {
        await rm(scratchFolder, { recursive: true, force: true });
        if (!wasRunning) {
            await stopCluster("node");
        }
    }
}

await endWithMessage(main, help);
