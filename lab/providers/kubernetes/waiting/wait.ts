// Waits until an object is what it should be, or is gone, and says what is missing when the time is up.

import { setTimeout as sleep } from "node:timers/promises";
import { annotations } from "../annotations.ts";
import type { ApiClient } from "../api-client.ts";
import type { KubernetesObject, ObjectAddress } from "../kubernetes-object.ts";
import { failed, type Readiness, waiting } from "./condition.ts";
import { explainProblem } from "./explain-problem.ts";
import { readiness } from "./readiness.ts";

/** Seconds for which a wait goes on when neither the program nor an annotation says otherwise. */
const defaultTimeoutSeconds = 600;
const pollMilliseconds = 300;
/** Milliseconds without an answer after which a wait is given up; an API server that starts again takes less. */
const longestSilence = 30_000;

/** How to wait. */
export interface WaitOptions {
    /** Seconds that the program allows; 0 for the default. */
    readonly timeoutSeconds: number;
    /** Called with where the wait stands, whenever that has changed; with nothing when it is over. */
    readonly report: (line: string) => void;
    /** Ends the wait when the person interrupts the update. */
    readonly signal: AbortSignal;
}

/** What a wait came to: the object as it was seen last, and why it is not what it should be, if so. */
export interface WaitResult {
    readonly object: KubernetesObject;
    readonly problems: readonly string[];
}

/** Waits until the object is what it should be. Nothing that goes wrong is an error, because the object is there. */
export async function waitUntilReady(
    object: KubernetesObject,
    address: ObjectAddress,
    api: ApiClient,
    options: WaitOptions,
): Promise<WaitResult> {
    const { skipsWait, timeoutSeconds } = annotations(object.metadata);
    if (skipsWait) {
        return { object, problems: [] };
    }
    const allowed = options.timeoutSeconds || timeoutSeconds || defaultTimeoutSeconds;
    const deadline = Date.now() + allowed * 1000;
    const report = whenChanged(options.report);
    let last = object;
    let answeredAt = Date.now();
    for (let isFirst = true; ; isFirst = false) {
        let state: Readiness;
        try {
            const current = isFirst ? object : await api.get(address);
            state = current ? await readiness(current, api) : whenGone(last);
            last = current ?? last;
            answeredAt = Date.now();
        } catch (error) {
            const message = error instanceof Error ? error.message : String(error);
            state = Date.now() - answeredAt > longestSilence ? failed(message) : waiting(message);
        }
        if (state.is === "ready") {
            report("");
            return { object: last, problems: [] };
        }
        if (state.is === "failed") {
            return { object: last, problems: await problems(last, state.why, api) };
        }
        if (options.signal.aborted || Date.now() >= deadline) {
            const end = options.signal.aborted
                ? "the wait was interrupted"
                : `not what it should be after ${allowed} s`;
            return { object: last, problems: await problems(last, `${end}: ${state.why}`, api) };
        }
        report(state.why);
        await pause(options.signal);
    }
}

/** A finished Job with a time to live removes itself; anything else that is gone was deleted by somebody. */
function whenGone(last: KubernetesObject): Readiness {
    const removesItself = last.kind === "Job" && last.spec?.ttlSecondsAfterFinished !== undefined;
    return removesItself ? { is: "ready" } : failed("it was deleted while it was waited for");
}

async function problems(object: KubernetesObject, why: string, api: ApiClient): Promise<readonly string[]> {
    return [`${object.kind} ${object.metadata.name}: ${why}`, ...(await explainProblem(object, api))];
}

/**
 * Waits until the object is gone; another one that has taken its name counts as gone.
 *
 * @throws an error that says what holds it when the time is up
 */
export async function waitUntilGone(address: ObjectAddress, api: ApiClient, options: WaitOptions): Promise<void> {
    const allowed = options.timeoutSeconds || defaultTimeoutSeconds;
    const deadline = Date.now() + allowed * 1000;
    const report = whenChanged(options.report);
    const first = await api.get(address);
    for (let object = first; object && object.metadata.uid === first?.metadata.uid; object = await api.get(address)) {
        if (options.signal.aborted || Date.now() >= deadline) {
            const when = options.signal.aborted ? "when the wait was interrupted" : `${allowed} s after its deletion`;
            const lines = [`${address.kind} ${address.name} is still there ${when}${finalizers(object)}`];
            throw new Error([...lines, ...conditionMessages(object)].join("\n"));
        }
        report(`waiting until it is gone${finalizers(object)}`);
        await pause(options.signal);
    }
}

/** A Namespace says in its conditions what it still holds. */
function conditionMessages(object: KubernetesObject): readonly string[] {
    const conditions = object.status?.conditions as readonly { readonly message?: string }[] | undefined;
    return conditions?.flatMap(({ message }) => (message ? [message] : [])) ?? [];
}

function finalizers(object: KubernetesObject): string {
    const { finalizers: names } = object.metadata;
    return names?.length ? ` (finalizers: ${names.join(", ")})` : "";
}

function whenChanged(report: (line: string) => void): (line: string) => void {
    let shown = "";
    return (line) => {
        if (line !== shown) {
            shown = line;
            report(line);
        }
    };
}

/** Ends early, and without an error, when the wait is interrupted. */
async function pause(signal: AbortSignal): Promise<void> {
    await sleep(pollMilliseconds, undefined, { signal }).catch(() => undefined);
}
