// `make settings-reference`: writes docs/settings.md, the reference of all settings.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import { settingsReference } from "../settings/reference.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/settings-reference.ts [--check]

Writes docs/settings.md from Pulumi.yaml, the stack files and what settings/ allows.
  --check  write nothing; fail if the file is not up to date
Exit status 0 if the file is up to date, 1 if not, 2 for wrong arguments.`;

const file = join(import.meta.dirname, "..", "docs", "settings.md");

async function main(): Promise<number> {
    const { values } = parseArgs({ options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const reference = settingsReference();
    if (!values.check) {
        await writeFile(file, reference);
        say("docs/settings.md is written");
        return 0;
    }
    if ((await readFile(file, "utf8")) !== reference) {
        throw new Error("docs/settings.md is not up to date: run make settings-reference");
    }
    return 0;
}

await endWithMessage(main, help);
