// Where the Pulumi CLI looks for resource plugins (https://www.pulumi.com/docs/iac/concepts/plugins/): on PATH, and in
// the folder `plugins` of its home.

import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { runFolder } from "../cluster-kind.ts";

/** Name of a plugin's program. */
export function pluginProgram(name: string): string {
    return `pulumi-resource-${name}`;
}

/** Folder in a home for the plugin of the version of the installed npm package, for which the engine asks. */
export function pluginFolder(pulumiHome: string, name: string): string {
    return join(pulumiHome, "plugins", `resource-${name}-v${sdkVersion(name)}`);
}

/** Whether the CLI finds the plugin on PATH or in this home. */
export function hasPlugin(pulumiHome: string, name: string): boolean {
    return isOnPath(pluginProgram(name)) || existsSync(pluginFolder(pulumiHome, name));
}

/** The user's own home, even when the environment of a lab is set (`lab env`). */
export function userPulumiHome(): string {
    const fromEnvironment = process.env.PULUMI_HOME;
    const isOfALab = fromEnvironment?.startsWith(`${runFolder()}/`);
    return fromEnvironment && !isOfALab ? fromEnvironment : join(homedir(), ".pulumi");
}

/**
 * Makes each resource plugin of the home `from`, which need not exist, one of the home `to`. Folders are made and what is
 * in them is linked: the CLI passes over a folder that is a symbolic link, and over one that it has not finished.
 */
export async function shareResourcePlugins(from: string, to: string): Promise<void> {
    const source = join(from, "plugins");
    const entries = await readdir(source, { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map(({ name }) => name));
    for (const entry of entries) {
        if (entry.isDirectory() && entry.name.startsWith("resource-") && !names.has(`${entry.name}.partial`)) {
            await linkInto(
                join(to, "plugins", entry.name),
                (await readdir(join(source, entry.name))).map((name) => [name, join(source, entry.name, name)]),
            );
        }
    }
}

/** Makes a program that lies elsewhere the plugin of this name. */
export async function linkPlugin(pulumiHome: string, name: string, program: string): Promise<void> {
    await linkInto(pluginFolder(pulumiHome, name), [[pluginProgram(name), program]]);
}

async function linkInto(folder: string, links: readonly (readonly [name: string, target: string])[]): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const [name, target] of links) {
        await symlink(target, join(folder, name));
    }
}

function sdkVersion(name: string): string {
    const manifest = createRequire(import.meta.url).resolve(`@pulumi/${name}/package.json`);
    return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}

function isOnPath(program: string): boolean {
    return (process.env.PATH ?? "").split(delimiter).some((folder) => {
        try {
            accessSync(join(folder, program), constants.X_OK);
            return true;
        } catch {
            return false;
        }
    });
}
