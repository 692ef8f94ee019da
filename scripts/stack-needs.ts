// `make stack-needs`: writes into README.md what each stack takes of its cluster.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Manifest, needsTable, type StackNeeds, stackNeeds } from "../estimate/stack-needs.ts";
import { say } from "../lab/tools/progress.ts";
import { endWithMessage } from "./end-with-message.ts";
import { configurationOf, recordProgram } from "./recording-engine.ts";

const help = `Usage: node scripts/stack-needs.ts

Counts pods, CPU, memory and volumes in the manifests of every stack and rewrites the table in README.md.
Exit status 0 if it is written, 1 if not, 2 for wrong arguments.`;

const stacks = ["dev", "prod", "compliance"];
const file = join(import.meta.dirname, "..", "README.md");

/** The lines between which the table stands. */
const place =
    /(?<=<!-- What follows is written by `make stack-needs`\. -->\n\n)[\s\S]*?(?=\n<!-- End of what it writes\. -->)/;

async function main(): Promise<number> {
    const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const needs: Record<string, StackNeeds> = {};
    for (const stack of stacks) {
        // A module is loaded once for each URL, and the program has to run for each stack.
        const program = () => import(`../index.ts?stack=${stack}`);
        const resources = await recordProgram(program, configurationOf(stack));
        const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
        needs[stack] = stackNeeds(objects.map(({ inputs }) => inputs as unknown as Manifest));
    }
    const text = await readFile(file, "utf8");
    if (!place.test(text)) {
        throw new Error("README.md has lost the lines between which the table stands");
    }
    await writeFile(file, text.replace(place, needsTable(needs)));
    say("README.md says what each stack needs");
    return 0;
}

await endWithMessage(main, help);
