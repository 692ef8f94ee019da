// `make preview STACK=prod`: `pulumi preview` of any stack on the simulated cluster.

import { parseArgs } from "node:util";
import { isClusterRunning, startCluster, stopCluster } from "../lab/cluster.ts";
import { stackFile } from "../settings/project-files.ts";
import { endWithMessage } from "./end-with-message.ts";
import { prepareLabStack, pulumi } from "./lab-stack.ts";

const help = `Usage: node scripts/preview.ts --stack STACK [--diff]

Previews a stack on the lab's simulated cluster, which is started for it and stopped again unless it was running.
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
    // Before a cluster is started for nothing.
    stackFile(values.stack);
    const wasRunning = await isClusterRunning("simulated");
    try {
        await startCluster("simulated");
        const stack = await prepareLabStack("simulated", values.stack);
        await pulumi(stack, ["preview", ...(values.diff ? ["--diff"] : [])], {
            onOutput: (text) => process.stdout.write(text),
        });
    } finally {
        if (!wasRunning) {
            await stopCluster("simulated");
        }
    }
    return 0;
}

await endWithMessage(main, help);
