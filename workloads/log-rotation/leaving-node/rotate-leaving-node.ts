// Rotation on a node that is about to go: everything goes into archives at once, and again while the node is still there,
// because applications write until they end.

import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../error-message.ts";

/** Milliseconds, unless a test is in a hurry. */
export interface LeavingTimes {
    /** From one rotation to the next at least, while the node leaves. */
    readonly pause: number;
    /** The same at most. */
    readonly longestPause: number;
    /** From one rotation to the next when this pod ends: the node may be gone any moment. */
    readonly lastPause: number;
    /** After so long without a new line, the pod of a node that stays ends. */
    readonly quiet: number;
    /** After so long the pod ends in any case. */
    readonly grace: number;
}

/** A pause is a twentieth of the time since the node was told to go: a node that is cordoned for days makes few archives. */
const shareOfTime = 20;

const second = 1_000;
const usualTimes: LeavingTimes = {
    pause: 15 * second,
    longestPause: 15 * 60 * second,
    lastPause: 2 * second,
    quiet: 10 * second,
    // Less than the pod's own (components/leaving-node-rotation.ts), because a rotation takes its time.
    grace: 80 * second,
};

/** What the rotation of a leaving node works with. */
export interface LeavingNodeRotation {
    /** Why the node leaves; undefined while it stays. */
    readonly whyLeaving: () => string | undefined;
    /** Rotates every line that has no archive yet, and returns how many there were. */
    readonly rotate: () => Promise<number>;
    readonly say: (line: string) => void;
    /** Aborted when this pod is told to end. */
    readonly ending: AbortSignal;
    /** The usual times by default. */
    readonly times?: LeavingTimes;
}

/** Stays until this pod is told to end and has archived what was written up to then. */
export async function rotateLeavingNode(rotation: LeavingNodeRotation): Promise<void> {
    const { whyLeaving, say, ending, times = usualTimes } = rotation;
    let since: number | undefined;
    let next = 0;
    while (!ending.aborted) {
        const why = whyLeaving();
        if (why === undefined) {
            since = undefined;
        } else {
            if (since === undefined) {
                since = performance.now();
                next = since;
                say(`this node is about to go: ${why}`);
            }
            if (performance.now() >= next) {
                await rotateAndSay(rotation);
                next = performance.now() + pauseAfter(performance.now() - since, times);
            }
        }
        await sleep(Math.min(second, times.pause), undefined, { signal: ending }).catch(() => undefined);
    }
    await rotateUntilTheEnd(rotation, times);
}

/** Milliseconds to the next rotation of a node that was told to go so long ago. */
export function pauseAfter(elapsed: number, { pause, longestPause }: LeavingTimes = usualTimes): number {
    return Math.min(longestPause, Math.max(pause, elapsed / shareOfTime));
}

/**
 * The pod ends: with its node, or because it is replaced by another. On a node that leaves, applications may be silent for a
 * while and write their last line when they end, so it goes on for as long as it may.
 */
async function rotateUntilTheEnd(rotation: LeavingNodeRotation, times: LeavingTimes): Promise<void> {
    const started = performance.now();
    let heard = started;
    for (;;) {
        if ((await rotateAndSay(rotation)) > 0) {
            heard = performance.now();
        }
        const now = performance.now();
        const isQuiet = rotation.whyLeaving() === undefined && now - heard >= times.quiet;
        if (isQuiet || now - started >= times.grace) {
            return;
        }
        await sleep(times.lastPause);
    }
}

/** Returns the number of lines; what fails is said, and tried again the next time. */
async function rotateAndSay({ rotate, say }: LeavingNodeRotation): Promise<number> {
    try {
        return await rotate();
    } catch (error) {
        say(`ERROR: not rotated: ${messageOf(error)}`);
        return 0;
    }
}
