// `make preview STACK=prod`: `pulumi preview` of any stack: of one that runs in the lab against what is there, of any other
// one on the simulated cluster.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ClusterKind, clusterFolder, isClusterRunning, startCluster, stopCluster } from "../lab/cluster.ts";
import { checkoutFolder, readClusterState } from "../lab/cluster-state.ts";
import { endWithMessage } from "./end-with-message.ts";
import { nodesForStack, prepareLabStack, pulumi } from "./lab-stack.ts";

const help = `Usage: node scripts/preview.ts --stack STACK [--diff]

Previews a stack. One that \`make up\` has brought up is held against what runs; any other one is previewed on the lab's
simulated cluster, which is started for it and stopped again unless it was running.
  --stack STACK  the stack, as in Pulumi.STACK.yaml
  --diff         show every property
Exit status 0 if the preview worked, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { stack: { type: "string" }, diff: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (!values.stack) {
        console.error(`--stack is missing\n${help}`);
        return 2;
    }
    const { stack: name, diff: isDetailed = false } = values;
    // Before a cluster is started for nothing.
    const nodes = nodesForStack(name);
    if (await runsInLab(name)) {
        await preview("node", name, isDetailed);
        return 0;
    }
    const wasRunning = await isClusterRunning("simulated");
    try {
        await startCluster("simulated", wasRunning ? {} : { nodes });
        await preview("simulated", name, isDetailed);
    } finally {
        if (!wasRunning) {
            await stopCluster("simulated");
        }
    }
    return 0;
}

async function preview(kind: ClusterKind, name: string, isDetailed: boolean): Promise<void> {
    const stack = await prepareLabStack(kind, name);
    await pulumi(stack, ["preview", ...(isDetailed ? ["--diff"] : [])], {
        onOutput: (text) => process.stdout.write(text),
    });
}

/** Whether this work tree's real node runs and has the stack, so that a preview can show what an edit would change. */
async function runsInLab(name: string): Promise<boolean> {
    return (
        existsSync(join(clusterFolder("node"), `Pulumi.${name}.yaml`)) &&
        (await readClusterState("node"))?.checkout === checkoutFolder &&
        (await isClusterRunning("node"))
    );
}

await endWithMessage(main, help);
