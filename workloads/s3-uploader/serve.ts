// The long-lived uploader: a pass at start and then by schedule, never two at once, with metrics and probes beside.

import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CronExpressionParser } from "cron-parser";
import { FirstContact } from "./first-contact.ts";
import { startHttpServer } from "./http-server.ts";
import { log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { type PassContext, type PassSignals, type PassSummary, runPass } from "./pass.ts";

/** Longest delay of a timer, which is kept in 31 bits of milliseconds. */
const longestSleep = 2 ** 31 - 1;

/** Serves until it is told to stop. */
export async function serve(context: PassContext, port: number, signals: PassSignals): Promise<void> {
    const metrics = createMetrics(context);
    const contact = new FirstContact();
    let last: { readonly endedAt: string; readonly summary: PassSummary } | undefined;
    const server = await startHttpServer(port, {
        metrics: () => metrics.read(),
        health: () => ({ status: "alive", s3: stateOfS3(last?.summary, contact), lastPass: last }),
        notReady: () => notReady(context, contact, signals.stop),
    });
    log("info", "started", { port: server.port, schedule: context.config.upload.schedule });
    const contactSettled = contact.make(context.store, signals.stop);
    try {
        while (!signals.stop.aborted) {
            const beforeContact = contact.problem !== undefined;
            const summary = await runPass(context, signals);
            metrics.observe(summary);
            last = { endedAt: new Date().toISOString(), summary };
            log(summary.failures.length > 0 ? "error" : "info", "pass ended", { ...summary });
            // Looked up after the pass: what came due during a long one is left out.
            const due = nextPass(context.config.upload.schedule, new Date());
            // A pass that came too early for a new key or role is made up for once S3 lets the uploader in.
            const keptOut = beforeContact && contactFailure(summary) !== undefined;
            await sleepUntil(due, signals.stop, keptOut ? contactSettled : undefined);
        }
    } finally {
        await server.close();
    }
    log("info", "stopped");
}

/** When the next pass after a moment is due. */
export function nextPass(schedule: string, after: Date): Date {
    return CronExpressionParser.parse(schedule, { currentDate: after, tz: "UTC" }).next().toDate();
}

/** Sleeps until `due`, or less when told to stop or when `early` settles. */
async function sleepUntil(due: Date, stop: AbortSignal, early: Promise<void> | undefined): Promise<void> {
    const wake = new AbortController();
    void early?.then(() => wake.abort());
    const signal = AbortSignal.any([stop, wake.signal]);
    try {
        for (let left = due.getTime() - Date.now(); left > 0; left = due.getTime() - Date.now()) {
            await sleep(Math.min(left, longestSleep), undefined, { signal });
        }
    } catch (error) {
        if (!signal.aborted) {
            throw error;
        }
    }
}

/** Why a pass got nowhere with S3 as a whole; undefined when it did. */
function contactFailure(summary: PassSummary): "unreachable" | "access" | undefined {
    const reasons = summary.failures.map(({ reason }) => reason);
    return reasons.find((reason) => reason === "unreachable" || reason === "access");
}

type StateOfS3 = "unknown" | "reachable" | "refused" | "unreachable";

/** How S3 answered last: to the last pass or, where that had nothing to ask, to the first contact. */
function stateOfS3(summary: PassSummary | undefined, contact: FirstContact): StateOfS3 {
    const reason = (summary && contactFailure(summary)) ?? contact.problem?.reason;
    if (reason === undefined) {
        return contact.problem ? "unknown" : "reachable";
    }
    return reason === "access" ? "refused" : "unreachable";
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
    return contact.problem?.message;
}
