// `make down`: ends the lab, and with it everything that `make up` and `make preview` made.

import { parseArgs } from "node:util";
import { stopCluster } from "../lab/cluster.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/down.ts

Stops the lab's clusters and removes their state; what was built stays in the cache.
Exit status 0 if nothing of the lab is left, 1 if something is, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
    if (values.help) {
        console.log(help);
        return 0;
    }
    await stopCluster("simulated");
    await stopCluster("node");
    return 0;
}

await endWithMessage(main, help);
