// Turns `pulumi preview --json` into the comment of a pull request; `.github/workflows/preview.yml` posts it.

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { endWithMessage } from "./end-with-message.ts";
import { type PreviewDigest, previewedChanges, previewMarkdown } from "./preview-markdown.ts";

const help = `Usage: pulumi preview --stack STACK --json >FILE && node scripts/preview-comment.ts --stack STACK --preview FILE

Prints Markdown: what would be deleted, replaced, created and changed, and what a refresh found unhealthy, with resources
that hold data marked.
  --stack STACK        name of the stack
  --preview FILE       output of pulumi preview --json
  --expect-no-changes  end with status 3 when something would change; what is only unhealthy would not
Exit status 0 if the Markdown is written, 1 if not, 2 for wrong arguments, 3 as above.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            preview: { type: "string" },
            "expect-no-changes": { type: "boolean" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (!values.stack || !values.preview) {
        console.error(`${values.stack ? "--preview" : "--stack"} is missing\n${help}`);
        return 2;
    }
    const digest = await readDigest(values.preview);
    process.stdout.write(previewMarkdown(values.stack, digest));
    const differing = previewedChanges(digest).filter(({ change }) => change !== "unhealthy");
    return values["expect-no-changes"] && differing.length > 0 ? 3 : 0;
}

async function readDigest(file: string): Promise<PreviewDigest> {
    const text = await readFile(file, "utf8");
    try {
        return JSON.parse(text) as PreviewDigest;
    } catch {
        throw new Error(`${file} is not the output of pulumi preview --json: did the preview fail?`);
    }
}

await endWithMessage(main, help);
