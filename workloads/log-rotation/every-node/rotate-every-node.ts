// Rotation of a whole cluster: logs are on the nodes' own disks, so each ready node gets a short Job of its own, and the
// run succeeds when all of them do.

import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../error-message.ts";
import { emptySummary, type RotationSummary } from "../summary.ts";
import type { ClusterApi } from "./cluster-api.ts";
import {
    type ClusterNode,
    type JobTemplate,
    type NodeJob,
    nodeJob,
    nodeJobName,
    outcomeOf,
    type ParentJob,
    runLabel,
    whyAway,
    whyWithoutLogs,
} from "./node-job.ts";

/** Milliseconds between two looks at the Jobs. */
const lookEvery = 2_000;
/** Milliseconds between two looks for each Job that is under way, so that a look at thousands is a rare one. */
const lookEveryPerJob = 4;
/** Nodes that begin at once; more begin one after another, so that not all of them fill one archive volume together. */
const beginAtOnce = 10;
/** Milliseconds between the beginnings of two nodes, and those in which all have begun: a quarter of an hour. */
const beginEvery = 2_000;
const beginWithin = 15 * 60 * 1_000;
/** Milliseconds that a Job may take beyond its own deadline to be seen as ended. */
const deadlineSlack = 60_000;
/** Lines of a node's output that are repeated; the last one has its counts. */
const repeatedLines = 200;

/** The last line of the output: the counts of all nodes together. */
export interface ClusterSummary extends RotationSummary {
    /** By node: `rotated`, or why it is not. */
    readonly nodes: Record<string, string>;
}

/** What a run over the cluster works with. */
export interface ClusterRun {
    readonly api: ClusterApi;
    readonly template: JobTemplate;
    readonly parent: ParentJob;
    readonly say: (line: string) => void;
    /** Ends the wait: what has not ended then counts as failed. */
    readonly signal?: AbortSignal;
    /** Milliseconds between two looks at the Jobs; two seconds unless a test is in a hurry. */
    readonly lookEvery?: number;
    /** Milliseconds between the beginnings of two nodes at most; {@link beginEvery} unless a test is in a hurry. */
    readonly beginEvery?: number;
}

/**
 * Rotates the logs of every node that is ready. A node that is away, or whose Job fails, is counted and the others go
 * on.
 *
 * @throws an error when the nodes can't be listed
 */
export async function rotateEveryNode(run: ClusterRun): Promise<ClusterSummary> {
    const { api, template, parent, say } = run;
    const started = performance.now();
    const summary: ClusterSummary = { ...emptySummary(), methods: {}, nodes: {} };
    const fail = (node: string, reason: string): void => {
        summary.errors++;
        summary.nodes[node] = reason;
        say(`${node}: ERROR: not rotated: ${reason}`);
    };
    const jobs = `/apis/batch/v1/namespaces/${api.namespace}/jobs`;
    const nodes = (await api.list("/api/v1/nodes", standingOf)).toSorted((one, other) =>
        one.name < other.name ? -1 : 1,
    );
    const beginAfter = Math.min(run.beginEvery ?? beginEvery, beginWithin / nodes.length);
    const running = new Map<string, string>();
    for (const { name, withoutLogs, away } of nodes) {
        if (withoutLogs !== undefined) {
            say(`${name}: left alone: ${withoutLogs}`);
        } else if (away !== undefined) {
            fail(name, away);
        } else if (run.signal?.aborted) {
            fail(name, "this run was told to end before the node had begun");
        } else {
            if (running.size >= beginAtOnce) {
                await pause(run, beginAfter);
            }
            try {
                await api.create(jobs, nodeJob(template, parent, name));
                running.set(nodeJobName(parent.name, name), name);
            } catch (error) {
                fail(name, messageOf(error));
            }
        }
    }
    const until = performance.now() + template.spec.activeDeadlineSeconds * 1_000 + deadlineSlack;
    while (running.size > 0) {
        await pause(run, Math.max(run.lookEvery ?? lookEvery, running.size * lookEveryPerJob));
        const found = await lookAt(run, jobs, stateOfJob, `${runLabel}=${parent.name}`);
        for (const job of found) {
            const node = running.get(job.metadata.name);
            const outcome = outcomeOf(job);
            if (node !== undefined && outcome) {
                running.delete(job.metadata.name);
                await gather(run, job, node, outcome, summary, fail);
            }
        }
        if (running.size === 0) {
            break;
        }
        const why = run.signal?.aborted
            ? "this run was told to end; its Job goes on"
            : performance.now() > until
              ? "its Job did not end in time"
              : undefined;
        const away = why === undefined ? await awayByName(run) : new Map<string, string>();
        for (const [job, node] of running) {
            const reason = why ?? away.get(node);
            if (reason !== undefined) {
                running.delete(job);
                fail(node, reason);
            }
        }
    }
    summary.seconds = Math.round(performance.now() - started) / 1000;
    return summary;
}

/** What is known of a node; of the tens of KiB that it has in the API nothing else is kept. */
interface NodeStanding {
    readonly name: string;
    /** Why it has no logs. */
    readonly withoutLogs: string | undefined;
    /** Why it can't be rotated now. */
    readonly away: string | undefined;
}

function standingOf(node: ClusterNode): NodeStanding {
    return { name: node.metadata.name, withoutLogs: whyWithoutLogs(node), away: whyAway(node) };
}

/** What is looked at of a Job. */
function stateOfJob({ metadata: { name }, status }: NodeJob): NodeJob {
    return { metadata: { name }, status: { conditions: status?.conditions ?? [] } };
}

/** Nodes that went away while their Jobs were running, and why. */
async function awayByName(run: ClusterRun): Promise<ReadonlyMap<string, string>> {
    const away = new Map<string, string>();
    for (const { name, away: why } of await lookAt(run, "/api/v1/nodes", standingOf)) {
        if (why !== undefined) {
            away.set(name, why);
        }
    }
    return away;
}

/** What is there; nothing when the API server is away for now, which says nothing of the nodes. */
async function lookAt<T, R>(
    { api, say }: ClusterRun,
    path: string,
    pick: (object: T) => R,
    labels?: string,
): Promise<readonly R[]> {
    try {
        return await api.list(path, pick, labels);
    } catch (error) {
        say(`WARNING: ${messageOf(error)}; looking again`);
        return [];
    }
}

async function pause({ signal }: ClusterRun, milliseconds: number): Promise<void> {
    // Rejects when the run is told to end: then there is nothing to wait for.
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Repeats what the node's Job said, and adds its counts. */
async function gather(
    run: ClusterRun,
    job: NodeJob,
    node: string,
    { hasSucceeded, reason }: { readonly hasSucceeded: boolean; readonly reason: string },
    summary: ClusterSummary,
    fail: (node: string, reason: string) => void,
): Promise<void> {
    const lines = await outputOf(run, job.metadata.name).catch((error: unknown) => {
        run.say(`${node}: its output can't be read: ${messageOf(error)}`);
        return [];
    });
    const counts = countsIn(lines.at(-1));
    for (const line of counts ? lines.slice(0, -1) : lines) {
        run.say(`${node}: ${line}`);
    }
    if (counts) {
        addCounts(summary, counts, node);
    }
    if (hasSucceeded) {
        summary.nodes[node] = "rotated";
        run.say(`${node}: done`);
        return;
    }
    fail(node, counts && counts.errors > 0 ? `${counts.errors} errors, see above` : reason);
}

async function outputOf({ api }: ClusterRun, job: string): Promise<readonly string[]> {
    const pods = `/api/v1/namespaces/${api.namespace}/pods`;
    const nameOf = ({ metadata }: { readonly metadata: { readonly name: string } }): string => metadata.name;
    const [pod] = await api.list(pods, nameOf, `batch.kubernetes.io/job-name=${job}`);
    if (pod === undefined) {
        throw new Error("its pod is gone");
    }
    const text = await api.text(`${pods}/${pod}/log?tailLines=${repeatedLines}`);
    return text.split("\n").filter((line) => line !== "");
}

function countsIn(line: string | undefined): RotationSummary | undefined {
    try {
        const counts = JSON.parse(line ?? "") as RotationSummary;
        return Number.isInteger(counts?.files) && Number.isInteger(counts.errors) ? counts : undefined;
    } catch {
        return undefined;
    }
}

function addCounts(summary: ClusterSummary, counts: RotationSummary, node: string): void {
    for (const count of [
        "files",
        "lines",
        "bytesIn",
        "bytesOut",
        "leftAlone",
        "spaceNotGivenBack",
        "bytesWaitingForFilebeat",
    ] as const) {
        summary[count] += counts[count];
    }
    for (const [log, method] of Object.entries(counts.methods)) {
        summary.methods[`${node}:${log}`] = method;
    }
}
