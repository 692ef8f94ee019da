// `make down`: ends the lab, and with it everything that `make up` and `make preview` made; or the cluster in Docker.

import { parseArgs } from "node:util";
import { stopCluster } from "../lab/cluster.ts";
import { endWithMessage } from "./end-with-message.ts";
import { removeKindStack } from "./kind-stack.ts";

const help = `Usage: node scripts/down.ts [--cluster lab|kind]

Stops the lab's clusters and removes their state; what was built stays in the cache.
  --cluster kind  instead: destroys the stack of the cluster in Docker, with its bucket, and deletes that cluster alone
Exit status 0 if nothing of it is left, 1 if something is, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { cluster: { type: "string", default: "lab" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (values.cluster === "kind") {
        await removeKindStack("dev");
        return 0;
    }
    if (values.cluster !== "lab") {
        console.error(`--cluster ${values.cluster}: there is no such cluster; choose lab or kind\n${help}`);
        return 2;
    }
    await stopCluster("simulated");
    await stopCluster("node");
    return 0;
}

await endWithMessage(main, help);
