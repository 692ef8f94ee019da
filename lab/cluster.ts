// A whole lab cluster, started and stopped by one call; it lives on when the process that started it has ended.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ClusterKind, clusterFolder, kubeconfigFile, lockFile } from "./cluster-kind.ts";
import { withLock } from "./cluster-lock.ts";
import { endParts, hasLivingPart, startParts, stopParts } from "./cluster-parts.ts";
import { type ClusterState, checkoutFolder, readClusterState, writeClusterState } from "./cluster-state.ts";
import { clusterHealth } from "./cluster-status.ts";
import { defaultServiceAccountIssuer } from "./control-plane/control-plane.ts";
import { highestPortOffset } from "./ports.ts";
import { assertMachineIsFit, prepareClusters } from "./prerequisites.ts";
import { preparePulumiHome } from "./pulumi-home.ts";
import { mostNodes } from "./simulated-nodes/node-objects.ts";
import { say, step } from "./tools/progress.ts";

export { type ClusterKind, clusterFolder } from "./cluster-kind.ts";

/** How a cluster is started. */
export interface ClusterOptions {
    /** Nodes of a simulated cluster, spread over three zones; 3 by default. */
    readonly nodes?: number;
    /** Added to every port, for a lab beside another one; 0 by default. Only for the simulated kind. */
    readonly portOffset?: number;
    /** `iss` of service account tokens; the cluster's own address by default. */
    readonly serviceAccountIssuer?: string;
}

const defaultNodes = 3;

/**
 * Starts the cluster with the emulated AWS and returns when all of it is healthy; does nothing when it runs already.
 * What a crashed or half-dead lab left is cleaned away before.
 *
 * @throws an error when the machine lacks something, when another work tree's lab of this kind runs, when another command is at work on it, when a port
 * is taken, or when a part does not start; nothing of it is left running then, and its logs stay until the next start
 */
export async function startCluster(kind: ClusterKind, options: ClusterOptions = {}): Promise<void> {
    assertOptions(kind, options);
    await assertMachineIsFit(kind);
    await withLock(lockFile(kind), `\`lab up --kind ${kind}\` from ${checkoutFolder}`, async () => {
        if (await keepsRunning(kind, options)) {
            return;
        }
        await prepareClusters([kind]);
        if (existsSync(clusterFolder(kind))) {
            await step(`cleaning away what is left of an earlier ${kind} lab`, undefined, () => endParts(kind));
        }
        await mkdir(clusterFolder(kind), { recursive: true, mode: 0o700 });
        const state: ClusterState = {
            phase: "starting",
            checkout: checkoutFolder,
            startedAt: new Date().toISOString(),
            portOffset: options.portOffset ?? 0,
            nodes: kind === "node" ? 1 : (options.nodes ?? defaultNodes),
            serviceAccountIssuer: options.serviceAccountIssuer ?? defaultServiceAccountIssuer,
            passphrase: randomBytes(24).toString("base64url"),
        };
        await writeClusterState(kind, state);
        try {
            await startParts(kind, state);
            await preparePulumiHome(kind);
        } catch (error) {
            await stopParts(kind).catch((stopError: unknown) => say(`stopping what had started failed: ${stopError}`));
            say(`the logs of the ${kind} lab are kept in ${join(clusterFolder(kind), "logs")} until the next start`);
            throw error;
        }
        await writeClusterState(kind, { ...state, phase: "running" });
        say(`the ${kind} lab is running; kubeconfig: ${kubeconfigFile(kind)}`);
    });
}

/** How a cluster is stopped. */
export interface StopOptions {
    /** Stop it even when another work tree started it; `false` by default. */
    readonly force?: boolean;
}

/**
 * Ends every process of the cluster, checks that none is left and removes its state; does nothing when there is none.
 *
 * @throws an error when another work tree started it, or when something of it can't be ended; its state stays then
 */
export async function stopCluster(kind: ClusterKind, options: StopOptions = {}): Promise<void> {
    await withLock(lockFile(kind), `\`lab down --kind ${kind}\` from ${checkoutFolder}`, async () => {
        if (!existsSync(clusterFolder(kind))) {
            say(`no ${kind} lab is running`);
            return;
        }
        const state = await readClusterState(kind);
        if (!options.force && state !== undefined && isAnothers(state) && (await hasLivingPart(kind))) {
            throw new Error(
                `the ${kind} lab was started from ${state.checkout}: end it from there, or from here with \`lab/lab down --kind ${kind} --force\``,
            );
        }
        await step(`stopping the ${kind} lab`, undefined, () => endParts(kind));
    });
}

/** Whether the cluster was started completely and is still there, be it healthy or not. */
export async function isClusterRunning(kind: ClusterKind): Promise<boolean> {
    return (await readClusterState(kind))?.phase === "running" && (await hasLivingPart(kind));
}

/** Whether there is nothing to do for a start, because this work tree's lab runs with these options. */
async function keepsRunning(kind: ClusterKind, options: ClusterOptions): Promise<boolean> {
    const state = await readClusterState(kind);
    if (state === undefined || !(await hasLivingPart(kind))) {
        return false;
    }
    if (state.phase === "starting") {
        say(`the start of the ${kind} lab at ${state.startedAt} was cut short: restarting it`);
        return false;
    }
    if (isAnothers(state)) {
        throw new Error(
            `a ${kind} lab runs already, started from ${state.checkout} at ${state.startedAt}: end it from there with \`lab/lab down --kind ${kind}\`, or start a simulated one beside it with a state folder and ports of its own: CHATTINGO_LAB_RUN=<folder> lab/lab up --kind simulated --port-offset <number>`,
        );
    }
    const health = await clusterHealth(kind);
    const unhealthy = health.parts.filter((part) => !part.healthy).map((part) => part.name);
    if (unhealthy.length > 0) {
        say(`the ${kind} lab runs but is not healthy (${unhealthy.join(", ")}): restarting it`);
        return false;
    }
    for (const name of ["nodes", "portOffset", "serviceAccountIssuer"] as const) {
        if (options[name] !== undefined && options[name] !== state[name]) {
            throw new Error(
                `the ${kind} lab runs with ${name} ${state[name]}, not ${options[name]}: end it first with \`lab/lab down --kind ${kind}\``,
            );
        }
    }
    say(`the ${kind} lab is running already; kubeconfig: ${kubeconfigFile(kind)}`);
    return true;
}

/** A work tree that is gone can't end its lab any more: then anyone may. */
function isAnothers(state: ClusterState): boolean {
    return state.checkout !== checkoutFolder && existsSync(state.checkout);
}

function assertOptions(kind: ClusterKind, options: ClusterOptions): void {
    const { nodes, portOffset } = options;
    if (kind === "node" && (nodes !== undefined || portOffset !== undefined)) {
        throw new RangeError("nodes and portOffset are for the simulated lab: a machine holds one real node");
    }
    if (nodes !== undefined && !(Number.isInteger(nodes) && nodes >= 1 && nodes <= mostNodes)) {
        throw new RangeError(`nodes is ${nodes}: a whole number from 1 to ${mostNodes} is expected`);
    }
    if (
        portOffset !== undefined &&
        !(Number.isInteger(portOffset) && portOffset >= 0 && portOffset <= highestPortOffset)
    ) {
        throw new RangeError(`portOffset is ${portOffset}: a whole number from 0 to ${highestPortOffset} is expected`);
    }
}
