// What is known of a lab from one command to the next: who started it, with which options, and how far it got.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ClusterKind, clusterFolder } from "./cluster-kind.ts";
import { writeWhole } from "./write-whole.ts";

/** The work tree from which this lab is run. */
export const checkoutFolder = join(import.meta.dirname, "..");

/** State of a lab, kept as JSON in its folder. */
export interface ClusterState {
    /** `starting` until every part has been healthy once; a lab found so without a command at work has crashed. */
    readonly phase: "starting" | "running";
    /** Work tree that started it. */
    readonly checkout: string;
    /** ISO 8601. */
    readonly startedAt: string;
    readonly portOffset: number;
    /** Nodes of a simulated cluster; 1 for the real node. */
    readonly nodes: number;
    /** `iss` of the cluster's service account tokens. */
    readonly serviceAccountIssuer: string;
    /** Passphrase of the stacks in the lab's own Pulumi backend; a new one for each lab. */
    readonly passphrase: string;
}

/** State of the lab of this kind, `undefined` when there is none. */
export async function readClusterState(kind: ClusterKind): Promise<ClusterState | undefined> {
    try {
        return JSON.parse(await readFile(stateFile(kind), "utf8")) as ClusterState;
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
            return undefined;
        }
        throw error;
    }
}

/** Keeps the state; the lab's folder must be there. */
export async function writeClusterState(kind: ClusterKind, state: ClusterState): Promise<void> {
    await writeWhole(stateFile(kind), `${JSON.stringify(state, undefined, 2)}\n`);
}

function stateFile(kind: ClusterKind): string {
    return join(clusterFolder(kind), "lab.json");
}
