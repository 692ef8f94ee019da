// `make verify-images STACK=prod`: whether the registries have every image of a stack under the digest that it is given.

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { say } from "../lab/tools/progress.ts";
import { stackFile } from "../settings/project-files.ts";
import { declaredImages } from "../supply-chain/declared-images.ts";
import { assertServed, repositoryOf } from "../supply-chain/image-digest.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/verify-images.ts --stack STACK [--file FILE]

Asks the registries for every image of a stack by its digest, and takes the hash of what they send: whether nodes will be
able to pull it, and that it is what its digest says. A tag may mean another image by now. It changes nothing.
  --stack STACK  the stack, as in Pulumi.STACK.yaml
  --file FILE    its file, where it is another one
Exit status 0 if every image is served, 1 if one has no digest or is not served, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            file: { type: "string" },
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
    const { config = {} } = (parse(await readFile(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
    const images = declaredImages(config);
    const answers = await Promise.allSettled(
        images.map(async ({ key, reference }) => {
            const [, digest] = reference.split("@");
            if (digest === undefined) {
                throw new Error(`${key}: ${reference} has no digest; make pin-images gives it one`);
            }
            await assertServed(repositoryOf(reference), digest).catch((error: Error) => {
                throw new Error(`${key}: ${error.message}`);
            });
        }),
    );
    const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as Error] : []));
    for (const { message } of failures) {
        say(message);
    }
    say(`${images.length - failures.length} of ${images.length} images are served under their digests`);
    return failures.length === 0 ? 0 : 1;
}

await endWithMessage(main, help);
