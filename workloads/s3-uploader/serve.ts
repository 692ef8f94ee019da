// The long-lived uploader: a pass at start and then by schedule, never two at once, with metrics and probes beside.

import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nextRun } from "../../formats/cron-schedule.ts";
import { messageOf } from "../error-message.ts";
import type { ArchiveStore } from "./archive-store.ts";
import type { FailureReason } from "./failure.ts";
import { FirstContact, untilReached } from "./first-contact.ts";
import { startHttpServer } from "./http-server.ts";
import { log } from "./log.ts";
import { createMetrics, type UploaderMetrics } from "./metrics.ts";
import { runPass } from "./pass.ts";
import type { PassContext, PassSignals } from "./pass-context.ts";
import type { PassSummary } from "./pass-report.ts";

/** Longest delay of a timer, which is kept in 31 bits of milliseconds. */
const longestSleep = 2 ** 31 - 1;

/** Seconds before a pass that S3 kept from its work is made up for, once S3 is back; twice as many after each. */
const firstCatchUpSeconds = 30;
const longestCatchUpSeconds = 30 * 60;

/** What the server shows and where. */
export interface ServeOptions {
    /** TCP port of metrics and probes. */
    readonly port: number;
    /** Path on the volume of the live logs; undefined: the log root. */
    readonly logVolume?: string;
}

/** How the last pass ended. */
interface LastPass {
    readonly endedAt: string;
    readonly summary?: PassSummary;
    /** What ended it before its time; a fault of this program or of its machine. */
    readonly broken?: string;
}

/** Serves until it is told to stop. */
export async function serve(context: PassContext, options: ServeOptions, signals: PassSignals): Promise<void> {
    const metrics = createMetrics(context, options.logVolume ?? context.logRoot);
    const contact = new FirstContact();
    let last: LastPass | undefined;
    const server = await startHttpServer(options.port, {
        metrics: () => metrics.read(),
        health: () => ({
            isBroken: last?.broken !== undefined,
            page: { status: statusOf(last, context.store), s3: stateOfS3(context.store), lastPass: last },
        }),
        notReady: () => notReady(context, contact, signals.stop),
        remark: () => context.store.abilities.remark,
    });
    log("info", "started", { port: server.port, schedule: context.config.upload.schedule });
    const contactSettled = contact.make(context.store, signals.stop);
    let catchUpSeconds = firstCatchUpSeconds;
    try {
        while (!signals.stop.aborted) {
            const beforeContact = contact.problem !== undefined;
            last = await onePass(context, metrics, signals);
            // Looked up after the pass: what came due during a long one is left out.
            const due = nextPass(context.config.upload.schedule, new Date());
            const isKeptOut = last.summary === undefined || wasKeptOut(last.summary);
            if (!isKeptOut) {
                catchUpSeconds = firstCatchUpSeconds;
                await sleepUntil(due, signals.stop);
            } else if (beforeContact) {
                // The pass came too early for a new key or role.
                await sleepUntil(due, signals.stop, () => contactSettled);
            } else {
                const wait = catchUpSeconds;
                catchUpSeconds = Math.min(2 * catchUpSeconds, longestCatchUpSeconds);
                await sleepUntil(due, signals.stop, async (signal) => {
                    await sleep(wait * 1000, undefined, { signal });
                    await untilReached(context.store, signal);
                });
            }
        }
    } finally {
        await server.close();
    }
    log("info", "stopped");
}

/** One pass. A fault of this program does not end the process: that would only make it fail again and again. */
async function onePass(context: PassContext, metrics: UploaderMetrics, signals: PassSignals): Promise<LastPass> {
    try {
        const summary = await runPass(context, signals);
        metrics.observe(summary);
        log(summary.failures.length > 0 ? "error" : "info", "pass ended", { ...summary });
        return { endedAt: new Date().toISOString(), summary };
    } catch (error) {
        const broken = messageOf(error);
        metrics.observeFailure("internal");
        log("error", `the pass broke off: ${broken}`, { reason: "internal" });
        return { endedAt: new Date().toISOString(), broken };
    }
}

/** When the next pass after a moment is due. */
export function nextPass(schedule: string, after: Date): Date {
    const due = nextRun(schedule, after);
    if (due === undefined) {
        throw new Error(`the schedule "${schedule}" never comes due`);
    }
    return due;
}

/** Sleeps until `due`, or less when told to stop or when `early` has ended. */
async function sleepUntil(
    due: Date,
    stop: AbortSignal,
    early: (signal: AbortSignal) => Promise<unknown> = () => new Promise(() => undefined),
): Promise<void> {
    const wake = new AbortController();
    const signal = AbortSignal.any([stop, wake.signal]);
    const woken = early(signal).then(
        () => wake.abort(),
        () => undefined,
    );
    try {
        for (let left = due.getTime() - Date.now(); left > 0; left = due.getTime() - Date.now()) {
            await sleep(Math.min(left, longestSleep), undefined, { signal });
        }
    } catch (error) {
        if (!signal.aborted) {
            throw error;
        }
    } finally {
        wake.abort();
        void woken;
    }
}

/** Whether S3 as a whole stood in the way, so that the pass is made up for as soon as S3 is back. */
function wasKeptOut({ cutShort, uploaded, alreadyThere, failures }: PassSummary): boolean {
    return cutShort || (uploaded + alreadyThere === 0 && failures.some(({ reason }) => keepsOut(reason)));
}

function keepsOut(reason: FailureReason): boolean {
    return reason === "unreachable" || reason === "access" || reason === "throttled" || reason === "s3";
}

/** `broken` is a fault of this program or its machine; what S3 does or refuses to do is none. */
function statusOf(last: LastPass | undefined, { trouble }: ArchiveStore): string {
    if (last?.broken !== undefined) {
        return "broken";
    }
    return trouble === undefined || trouble === "unknown" ? "alive" : "waiting for S3";
}

/** How S3 answered last. */
function stateOfS3({ trouble }: ArchiveStore): "unknown" | "reachable" | "unreachable" | "refused" | "failing" {
    switch (trouble) {
        case undefined:
            return "reachable";
        case "unknown":
        case "unreachable":
            return trouble;
        case "access":
            return "refused";
        default:
            return "failing";
    }
}

/**
 * S3 counts only until the first contact: a Deployment with a wrong key or bucket does not come up, and one whose S3 goes
 * away later stays as it is, with metrics that say so.
 */
async function notReady(context: PassContext, contact: FirstContact, stop: AbortSignal): Promise<string | undefined> {
    if (stop.aborted) {
        return "stopping";
    }
    for (const directory of context.config.upload.directories) {
        const path = join(context.logRoot, directory);
        try {
            await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
        } catch (error) {
            return `cannot work in ${path} (${(error as Error).message})`;
        }
    }
    return contact.problem ?? context.store.abilities.missing;
}
