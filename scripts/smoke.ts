// `make smoke STACK=dev`: whether a running stack does what the lab can't show of the official images.

import { parseArgs } from "node:util";
import { parseSettings } from "../settings/index.ts";
import { readStackConfig } from "../settings/stack-config.ts";
import { endWithMessage } from "./end-with-message.ts";
import { figures } from "./smoke-test/figures.ts";
import { kibanaMemory } from "./smoke-test/kibana-memory.ts";
import { lostRegistry } from "./smoke-test/lost-registry.ts";
import { refusedLine } from "./smoke-test/refused-line.ts";
import { type Finding, RunningStack } from "./smoke-test/running-stack.ts";
import { setupAgain } from "./smoke-test/setup-again.ts";

const help = `Usage: node scripts/smoke.ts --stack STACK [--minutes N]

Tries a stack that runs in the cluster of KUBECONFIG, and says of each check whether it passed:
  figures         the exporters beside Filebeat and Kibana show what those tell
  elastic-setup   run twice more, it finds everything unchanged
  refused line    Elasticsearch refuses a line of the canary's: counted, kept as a dead letter, told of without its text
  lost registry   one Filebeat loses its registry: all is sent again, nothing is there twice, no alert would follow
  Kibana's memory stays below 90% of its limit for N minutes, and Kibana is not started again
  --stack STACK  the stack, as in Pulumi.STACK.yaml; it needs monitoring.enabled
  --minutes N    how long Kibana's memory is looked at; 10 by default. Use Kibana meanwhile
For a minute or two it has Elasticsearch refuse the canary's lines, which raises the alert FilebeatLinesRefused, and it
starts one Filebeat pod again. It touches no line of an application.
Exit status 0 if every check passed, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            minutes: { type: "string", default: "10" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const minutes = Number(values.minutes);
    if (!values.stack || !(minutes > 0)) {
        console.error(
            `${values.stack ? `--minutes ${values.minutes}: expected a number` : "--stack is missing"}\n${help}`,
        );
        return 2;
    }
    const config = readStackConfig(values.stack);
    const settings = parseSettings(values.stack, config.values, config.origins);
    if (!settings.monitoring.enabled) {
        throw new Error(`monitoring.enabled is false in ${values.stack}: without its exporters nothing can be counted`);
    }
    const stack = new RunningStack(settings);
    const checks: readonly (readonly [string, () => Promise<Finding>])[] = [
        ["figures", () => figures(stack)],
        ["elastic-setup", () => setupAgain(stack, "elastic-setup-smoke-1")],
        ["elastic-setup, again", () => setupAgain(stack, "elastic-setup-smoke-2")],
        ["refused line", () => refusedLine(stack)],
        ["lost registry", () => lostRegistry(stack)],
        ["Kibana's memory", () => kibanaMemory(stack, minutes)],
    ];
    let failed = 0;
    for (const [name, check] of checks) {
        const { passed, text } = await check().catch((error: unknown) => ({
            passed: false,
            text: error instanceof Error ? error.message : String(error),
        }));
        failed += passed ? 0 : 1;
        console.log(`${passed ? "pass" : "FAIL"}  ${name}: ${text}`);
    }
    console.log(
        failed === 0
            ? `${values.stack}: all ${checks.length} checks passed`
            : `${values.stack}: ${failed} checks failed`,
    );
    return failed === 0 ? 0 : 1;
}

await endWithMessage(main, help);
