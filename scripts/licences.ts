// `make licences`: writes docs/licences.md, what this project uses and under which licence.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import { projectFolder } from "../settings/project-files.ts";
import { licencesDocument } from "../supply-chain/licences.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/licences.ts

Writes docs/licences.md from package-lock.json and Pulumi.yaml.
Exit status 0 if it is written, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
    if (values.help) {
        console.log(help);
        return 0;
    }
    await writeFile(join(projectFolder, "docs/licences.md"), licencesDocument());
    say("docs/licences.md is written");
    return 0;
}

await endWithMessage(main, help);
