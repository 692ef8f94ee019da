// Follows one node by the API server's watch, which tells of a change within moments and asks nothing in between.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes

import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../error-message.ts";
import type { ApiAccess } from "../every-node/cluster-api.ts";
import type { LeavingNode } from "./why-leaving.ts";

/** Seconds after which the API server ends a watch, so that a connection that died unseen does not last. */
const watchSeconds = 240;
/** Milliseconds beyond those after which nothing is expected of it any more. */
const watchSlack = 15_000;
/** Milliseconds before the next watch, by the number of those that failed one after the other. */
const attemptsAfter = [0, 500, 1_000, 2_000, 5_000, 10_000, 30_000];

/** What a watch works with. */
export interface NodeWatch {
    readonly access: ApiAccess;
    readonly node: string;
    /** Told of the node as it is at first, and at every change. */
    readonly onNode: (node: LeavingNode) => void;
    /** Told whether the watch is open; the reason when it is not. */
    readonly onState: (trouble: string | undefined) => void;
    readonly signal: AbortSignal;
}

interface WatchEvent {
    readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
    readonly object: LeavingNode & { readonly message?: string };
}

/** Follows the node until the signal. Whatever fails is tried again. */
export async function watchNode(watch: NodeWatch): Promise<void> {
    const { onState, signal } = watch;
    let failures = 0;
    while (!signal.aborted) {
        try {
            await followOnce(watch, () => onState(undefined));
            failures = 0;
        } catch (error) {
            if (signal.aborted) {
                return;
            }
            onState(reasonOf(error));
            failures++;
        }
        const pause = attemptsAfter[Math.min(failures, attemptsAfter.length - 1)];
        await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
}

/** One watch, which begins with the node as it is and ends when the API server ends it. */
async function followOnce({ access, node, onNode, signal }: NodeWatch, onOpen: () => void): Promise<void> {
    const query = new URLSearchParams({
        watch: "1",
        fieldSelector: `metadata.name=${node}`,
        // From the API server's memory, and what is there now comes first.
        resourceVersion: "0",
        timeoutSeconds: String(watchSeconds),
    });
    const response = await fetch(`${access.server}/api/v1/nodes?${query}`, {
        headers: { authorization: `Bearer ${access.token()}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(watchSeconds * 1_000 + watchSlack)]),
    });
    if (!response.ok || response.body === null) {
        throw new Error(`the API server refuses to tell of node ${node}: ${response.status} ${await response.text()}`);
    }
    onOpen();
    for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
        const { type, object } = JSON.parse(line) as WatchEvent;
        if (type === "ERROR") {
            throw new Error(`the watch of node ${node} ended: ${object.message}`);
        }
        if (type === "ADDED" || type === "MODIFIED") {
            onNode(object);
        }
    }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
    return messageOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}
