// `make pin-images STACK=prod`: writes the digests of a stack's images into its file.

import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import { stackFile } from "../settings/project-files.ts";
import { pinImages, withPinnedImages } from "../supply-chain/pinned-images.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/pin-images.ts --stack STACK [--file FILE] [--check]

Asks the registries which images the tags of a stack mean now, and writes each as name:tag@sha256:... into its file. Run
it again to follow tags that have moved. Only registries that answer without a login are asked.
  --stack STACK  the stack, as in Pulumi.STACK.yaml
  --file FILE    its file, where it is another one
  --check        write nothing; fail if a digest is missing or another one
Exit status 0 if the file has all digests, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            file: { type: "string" },
            check: { type: "boolean" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const file = values.file ?? (values.stack && stackFile(values.stack));
    if (!file) {
        console.error(`--stack is missing\n${help}`);
        return 2;
    }
    const text = await readFile(file, "utf8");
    const images = await pinImages(text);
    const changed = images.filter(({ reference, pinned }) => reference !== pinned);
    for (const { key, pinned } of changed) {
        say(`${key}: ${pinned}`);
    }
    if (values.check) {
        say(`${changed.length} of ${images.length} images lack the digest that their tag has now`);
        return changed.length === 0 ? 0 : 1;
    }
    if (changed.length > 0) {
        await writeFile(file, withPinnedImages(text, changed));
    }
    say(`${file}: ${changed.length} of ${images.length} images were given a digest`);
    return 0;
}

await endWithMessage(main, help);
