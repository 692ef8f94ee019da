// `make estimate STACK=prod GB_PER_DAY=20`: what a load needs of a stack, what the stack has, and what storage costs.

import { parseArgs } from "node:util";
import { prices } from "../estimate/prices.ts";
import { estimateReport } from "../estimate/report.ts";
import { parseSettings, readStackConfig } from "../settings/index.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/estimate.ts --stack STACK [--gb-per-day N]

Prints sizes, shards, memory and the monthly cost of storage of a stack, and warns of what its settings cannot hold.
  --stack STACK   the stack, as in Pulumi.STACK.yaml
  --gb-per-day N  log lines of all nodes together, in GB (10^9 bytes) a day; default: load.gbPerDay of the stack
Exit status 0 if the estimate is made, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            "gb-per-day": { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (!values.stack) {
        console.error(`--stack is missing\n${help}`);
        return 2;
    }
    const config = readStackConfig(values.stack);
    const settings = parseSettings(values.stack, config.values, config.origins);
    const given = values["gb-per-day"];
    const gbPerDay = given === undefined ? settings.load.gbPerDay : Number(given);
    if (gbPerDay === undefined) {
        console.error(
            `the stack declares no load.gbPerDay, so --gb-per-day (make: GB_PER_DAY=20) has to say it\n${help}`,
        );
        return 2;
    }
    if (given?.trim() === "" || !Number.isFinite(gbPerDay) || gbPerDay <= 0) {
        console.error(`--gb-per-day is "${given}", and has to be a number of GB above 0, such as 20 or 0.5\n${help}`);
        return 2;
    }
    process.stdout.write(estimateReport(settings, gbPerDay, prices, new Date()));
    return 0;
}

await endWithMessage(main, help);
