// Pulumi's home in a lab: apart from the user's, whose plugins it sees but never changes.

import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ClusterKind, clusterFolder, runFolder } from "./cluster-kind.ts";
import { installProviders } from "./providers/install.ts";
import { say } from "./tools/progress.ts";

/** Folder that Pulumi uses as its home with the lab of this kind: its plugins and workspaces. */
export function pulumiHome(kind: ClusterKind): string {
    return join(clusterFolder(kind), "pulumi-home");
}

/** Makes the home, with the resource plugins that the user has, and a stand-in for each that is missing. */
export async function preparePulumiHome(kind: ClusterKind): Promise<void> {
    const home = pulumiHome(kind);
    await keepNoEngineLog(home);
    await linkResourcePlugins(join(userPulumiHome(), "plugins"), join(home, "plugins"));
    const standIns = await installProviders(home);
    if (standIns.length > 0) {
        say(`Pulumi uses the lab's stand-in for: ${standIns.join(", ")}`);
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

/** Links the folder of each resource plugin in `from`, which need not exist, into `to`. */
export async function linkResourcePlugins(from: string, to: string): Promise<void> {
    await mkdir(to, { recursive: true });
    const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.filter(({ name }) => name.startsWith("resource-"))) {
        if (entry.isDirectory()) {
            await symlink(join(from, entry.name), join(to, entry.name));
        }
    }
}

/** Where the user's own plugins are, even when the environment of a lab is set (`lab env`). */
function userPulumiHome(): string {
    const fromEnvironment = process.env.PULUMI_HOME;
    const isOfALab = fromEnvironment?.startsWith(`${runFolder()}/`);
    return fromEnvironment && !isOfALab ? fromEnvironment : join(homedir(), ".pulumi");
}
