// Which stacks a change can alter, for the workflows: `git diff --name-only main... | node scripts/touched-stacks.ts`.

import { readdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { projectFolder } from "../settings/project-files.ts";
import { endWithMessage } from "./end-with-message.ts";
import { touchedStacks } from "./stacks-of-files.ts";

const help = `Usage: git diff --name-only BASE... | node scripts/touched-stacks.ts

Reads names of changed files, one a line, and prints the stacks that they can alter as a JSON list.
Exit status 0, or 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const stacks = readdirSync(projectFolder).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
    const files = (await text(process.stdin)).split("\n").filter((line) => line !== "");
    console.log(JSON.stringify(touchedStacks(files, stacks.toSorted())));
    return 0;
}

await endWithMessage(main, help);
