// `make check-kubernetes STACK=prod VERSION=v1.35.0`: whether another version of Kubernetes takes a stack's manifests.

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { manifestJudge } from "../lab/schemas/manifest-judge.ts";
import { say } from "../lab/tools/progress.ts";
import { run } from "../lab/tools/run.ts";
import { endWithMessage } from "./end-with-message.ts";
import { kustomizationFile } from "./linter-exceptions.ts";

const help = `Usage: node scripts/check-kubernetes.ts --stack STACK --version VERSION

Renders the stack's manifests and holds them against the types of a version of Kubernetes, whose source is downloaded: an
API that is removed there, and a field that it does not know, is named. Needs no cluster.
  --stack STACK      the stack, as in Pulumi.STACK.yaml
  --version VERSION  such as v1.35.0
Exit status 0 if that version takes all of them, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            version: { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const { stack, version } = values;
    if (!stack || !version) {
        console.error(`${stack ? "--version" : "--stack"} is missing\n${help}`);
        return 2;
    }
    if (!/^v1\.\d+\.\d+$/.test(version)) {
        console.error(`--version is "${version}", and has to be a version of Kubernetes such as v1.35.0\n${help}`);
        return 2;
    }
    const judge = await manifestJudge(version);
    const folder = await mkdtemp(join(tmpdir(), "chattingo-manifests-"));
    try {
        await run(process.execPath, [join(import.meta.dirname, "render.ts"), "--stack", stack, "--out", folder]);
        const names = (await readdir(folder)).filter((name) => name !== kustomizationFile);
        const files = names.map((name) => join(folder, name));
        const { resources } = judge(files);
        for (const { kind, name, msg } of resources) {
            say(`${kind} ${name}: ${msg}`);
        }
        say(`Kubernetes ${version} takes ${files.length - resources.length} of ${files.length} manifests of ${stack}`);
        return resources.length === 0 ? 0 : 1;
    } finally {
        await rm(folder, { recursive: true });
    }
}

await endWithMessage(main, help);
