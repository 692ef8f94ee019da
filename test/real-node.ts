// The real node of a test run and the dev stack on it. A machine carries one, and it takes a minute to come up: the
// first test file that asks for it starts it, those that follow share it, and it ends with the run.

import assert from "node:assert/strict";
import { isClusterRunning, startCluster, stopCluster } from "../lab/cluster.ts";
import { labEnvironment } from "../lab/environment.ts";
import { type LabStack, prepareLabStack, pulumi } from "../scripts/lab-stack.ts";
import { machineTraces } from "./machine-traces.ts";

/** A running node. */
export interface RealNode {
    /** Environment of kubectl, Pulumi and AWS tools. */
    readonly environment: Readonly<Record<string, string>>;
    /** Somebody else works with this node: it was there before, and is left running. */
    readonly isBorrowed: boolean;
    /** What of nodes was on the machine before this one was started. */
    readonly tracesBefore: Awaited<ReturnType<typeof machineTraces>>;
}

let node: Promise<RealNode> | undefined;
let stack: Promise<LabStack> | undefined;
/** The stack is not what `pulumi up` of dev on an empty node makes any more. */
let isStackChanged = false;

/** The node, started if nobody has asked for it yet. What a test makes on it goes into a namespace of its own. */
export function realNode(): Promise<RealNode> {
    node ??= startRealNode();
    return node;
}

/**
 * The dev stack after its first `up`, on a node of the tests' own. Tests of other files write and read there too:
 * append to log files that no other test writes, count only what is yours, and leave settings, claims and pods as you
 * found them.
 *
 * @throws AssertionError when a person's node is running, whose stack the tests must not touch
 */
export async function devStack(): Promise<LabStack> {
    if (isStackChanged) {
        await endRealNode();
    }
    stack ??= bringUpDevStack();
    return stack;
}

/** {@link devStack} on which no other test has been: for what looks at all that is in search or in the bucket. */
export async function untouchedDevStack(): Promise<LabStack> {
    if (stack !== undefined) {
        await endRealNode();
    }
    return devStack();
}

/** {@link devStack} for tests that edit or destroy it: whoever asks for one afterwards gets a new one. */
export async function devStackToChange(): Promise<LabStack> {
    const handedOver = await devStack();
    isStackChanged = true;
    return handedOver;
}

/** Ends the node and what is on it, unless it is borrowed; the next one who asks starts another. */
export async function endRealNode(): Promise<void> {
    const ended = await node?.catch(() => undefined);
    if (ended !== undefined && !ended.isBorrowed) {
        await stopCluster("node");
    }
    node = undefined;
    stack = undefined;
    isStackChanged = false;
}

async function startRealNode(): Promise<RealNode> {
    const isBorrowed = await isClusterRunning("node");
    const tracesBefore = await machineTraces();
    await startCluster("node");
    return { environment: await labEnvironment("node"), isBorrowed, tracesBefore };
}

async function bringUpDevStack(): Promise<LabStack> {
    const { isBorrowed } = await realNode();
    assert.equal(
        isBorrowed,
        false,
        "a lab with a real node is running, and a machine can carry only one: end it with `make down`",
    );
    const made = await prepareLabStack("node", "dev");
    await pulumi(made, ["up", "--yes", "--skip-preview"]);
    return made;
}

// Mocha loads this file with the first test file that imports it, outside of any suite: this is the end of the run.
after("end the real node", async function () {
    this.timeout(600_000);
    await endRealNode();
});
