// Pulumi's home in a lab: apart from the user's, whose plugins it sees but never changes.

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ClusterKind, clusterFolder } from "./cluster-kind.ts";
import { toolBinary } from "./prerequisites.ts";
import { installAwsStandIn } from "./providers/aws-stand-in.ts";
import { hasPlugin, linkPlugin, shareResourcePlugins, userPulumiHome } from "./providers/plugins.ts";
import { kubernetesProvider } from "./tools/go-tools.ts";
import { say } from "./tools/progress.ts";

/** Folder that Pulumi uses as its home with the lab of this kind: its plugins and workspaces. */
export function pulumiHome(kind: ClusterKind): string {
    return join(clusterFolder(kind), "pulumi-home");
}

/** Makes the home, with the resource plugins that the user has, and those that the program needs beside them. */
export async function preparePulumiHome(kind: ClusterKind): Promise<void> {
    const home = pulumiHome(kind);
    await keepNoEngineLog(home);
    await shareResourcePlugins(userPulumiHome(), home);
    if (!hasPlugin(home, "kubernetes")) {
        await linkPlugin(home, "kubernetes", await toolBinary(kubernetesProvider));
    }
    if (await installAwsStandIn(home)) {
        say("Pulumi uses the lab's stand-in for the AWS provider");
    }
}

/**
 * Has the CLI keep no log of its own in this home. It writes every property there on each of its ways between program,
 * engine and provider, compressed and encrypted, which takes a fifth of the processor time of a preview; no setting
 * switches it off, but without a folder for it the CLI goes on. Whoever wants to know more of one command gives it
 * `--logtostderr -v=9`.
 */
export async function keepNoEngineLog(home: string): Promise<void> {
    await mkdir(home, { recursive: true });
    await rm(engineLogs(home), { recursive: true, force: true });
    await writeFile(engineLogs(home), "");
}

/** Has the CLI keep its log in this home again, as it does where nobody switches it off. */
export async function keepEngineLog(home: string): Promise<void> {
    await rm(engineLogs(home), { recursive: true, force: true });
}

/** Where the CLI makes a file for each command. */
function engineLogs(home: string): string {
    return join(home, "logs");
}
