// `make release-files`: what a release carries. The same commit makes the same bytes on every machine.

import { createHash } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import { projectFolder } from "../settings/project-files.ts";
import { readStackConfig } from "../settings/stack-config.ts";
import { billOfMaterials } from "../supply-chain/bill-of-materials.ts";
import { declaredImages } from "../supply-chain/declared-images.ts";
import { buildBundle, workloads } from "../workloads/bundle.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/release-files.ts [--out DIR]

Writes into DIR (dist/release by default), which is emptied first: each workload as one file, as pods run it; the bill of
materials of each stack; and SHA256SUMS, which names the SHA-256 of each.
Exit status 0 if all is written, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            out: { type: "string", default: join(projectFolder, "dist/release") },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const { out } = values;
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    const files = new Map<string, string>();
    for (const name of workloads) {
        // Made from the sources, not from what an earlier build has left.
        files.set(`${name}.js`, (await buildBundle(name)).content);
    }
    for (const stack of await stackNames()) {
        const document = await billOfMaterials(declaredImages(readStackConfig(stack).values));
        files.set(`sbom-${stack}.json`, `${JSON.stringify(document, undefined, 2)}\n`);
    }
    const sums = [...files].map(([name, text]) => `${createHash("sha256").update(text).digest("hex")}  ${name}\n`);
    files.set("SHA256SUMS", sums.join(""));
    for (const [name, text] of files) {
        await writeFile(join(out, name), text);
    }
    say(`${files.size} files are in ${out}`);
    return 0;
}

/** The stacks that have a file. */
async function stackNames(): Promise<readonly string[]> {
    const names = (await readdir(projectFolder)).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
    return names.toSorted();
}

await endWithMessage(main, help);
