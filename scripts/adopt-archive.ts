// Takes back the bucket that an earlier `pulumi destroy` left (docs/decisions/0004-the-bucket-outlives-the-stack.md).

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { archiveKeyAlias } from "../components/archive-key-alias.ts";
import { step } from "../lab/tools/progress.ts";
import { run } from "../lab/tools/run.ts";
import { parseSettings, readStackConfig } from "../settings/index.ts";
import { archiveImports, type ImportFile } from "./archive-imports.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/adopt-archive.ts --stack STACK [--config-file FILE]

Imports the bucket of the stack, its key and what protects it into the stack's state, so that \`pulumi up\` goes on with
them instead of failing because the names are taken. Needs what \`pulumi up\` needs: the Pulumi CLI, KUBECONFIG and AWS
credentials. Changes nothing in AWS.
  --stack STACK       the stack, as in Pulumi.STACK.yaml; \`pulumi stack init\` has made it
  --config-file FILE  the stack's file, if it is another one
Exit status 0 if all is imported, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            "config-file": { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const { stack } = values;
    if (!stack) {
        console.error(`--stack is missing\n${help}`);
        return 2;
    }
    const config = readStackConfig(stack);
    const { bucketName, region } = parseSettings(stack, config.values, config.origins).archive;
    const pulumi = (...args: readonly string[]) =>
        run("pulumi", [
            ...args,
            "--stack",
            stack,
            "--non-interactive",
            ...(values["config-file"] ? ["--config-file", values["config-file"]] : []),
        ]);
    const folder = await mkdtemp(join(tmpdir(), "chattingo-adopt-"));
    try {
        const file = join(folder, "import.json");
        const keyId = await keyOf(bucketName, region);
        await step("what the stack would make", undefined, () => pulumi("preview", "--import-file", file));
        const plan = JSON.parse(await readFile(file, "utf8")) as ImportFile;
        await writeFile(file, JSON.stringify(archiveImports(plan, { bucketName, keyId })));
        await step(`importing ${bucketName} and its key`, undefined, () =>
            pulumi("import", "--file", file, "--protect=false", "--generate-code=false", "--yes", "--skip-preview"),
        );
    } finally {
        await rm(folder, { recursive: true });
    }
    console.log(`stack ${stack} has the bucket ${bucketName} again; go on with: pulumi up --stack ${stack}`);
    return 0;
}

/** Id of the key that the bucket's alias stands for. */
async function keyOf(bucketName: string, region: string): Promise<string> {
    const kms = new KMSClient({ region });
    try {
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: archiveKeyAlias(bucketName) }));
        return KeyMetadata?.KeyId ?? "";
    } catch (error) {
        throw new Error(
            `no key was found by the alias ${archiveKeyAlias(bucketName)} in ${region}, so there is no bucket to take back: ${(error as Error).message}`,
        );
    } finally {
        kms.destroy();
    }
}

await endWithMessage(main, help);
