// How two runs of mocha share the one real node of a machine. The host starts it and ends it; the guest, whose tests need
// no stack, is on it meanwhile. `make test` tells each what it is; a run that is told nothing is alone.

import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until.ts";

/** What a run is to the node that it shares. */
export type NodeRole = "host" | "guest";

const roleVariable = "TEST_NODE_ROLE";
const folderVariable = "TEST_NODE_FOLDER";

/** Seconds for which one waits for the other: as many as the most patient hook of mocha has. */
const patienceSeconds = 900;

/**
 * Environment of a run that shares the node.
 *
 * @param folder the same for host and guest, of this run alone
 */
export function sharingEnvironment(role: NodeRole, folder: string): Readonly<Record<string, string>> {
    return { [roleVariable]: role, [folderVariable]: folder };
}

/** Says that a run has ended, however it did; for whoever started it. */
export function sayEnded(role: NodeRole, folder: string): void {
    writeFileSync(endedFile(role, folder), "");
}

/** Whether this run is a guest. */
export function isGuest(): boolean {
    return sharedAs("guest") !== undefined;
}

/** For the host: lets the guest onto the node. */
export function openToGuest(): void {
    const folder = sharedAs("host");
    if (folder !== undefined) {
        writeFileSync(openFile(folder), "");
    }
}

/** For the host: waits until the guest has left, and closes the node to guests. */
export async function untilGuestHasLeft(): Promise<void> {
    const folder = sharedAs("host");
    if (folder !== undefined) {
        await untilOneExists("the end of the node's guest", [endedFile("guest", folder)]);
        rmSync(openFile(folder), { force: true });
    }
}

/** For the guest: waits for the host's node. False when the host has ended without one, or there is no host. */
export async function untilOpenToGuest(): Promise<boolean> {
    const folder = sharedAs("guest");
    if (folder === undefined) {
        return false;
    }
    await untilOneExists("the host's node", [openFile(folder), endedFile("host", folder)]);
    return existsSync(openFile(folder));
}

/** The folder that is shared, if this run is told to be this. */
function sharedAs(role: NodeRole): string | undefined {
    return process.env[roleVariable] === role ? process.env[folderVariable] : undefined;
}

function openFile(folder: string): string {
    return join(folder, "node-is-open");
}

function endedFile(role: NodeRole, folder: string): string {
    return join(folder, `${role}-has-ended`);
}

async function untilOneExists(what: string, files: readonly string[]): Promise<void> {
    await until(what, patienceSeconds, async () => files.find((file) => existsSync(file)));
}
