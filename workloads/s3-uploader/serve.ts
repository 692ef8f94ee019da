// The long-lived uploader: a pass at start and then by schedule, never two at once, with metrics and probes beside.

import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CronExpressionParser } from "cron-parser";
import { startHttpServer } from "./http-server.ts";
import { log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { type PassContext, type PassSignals, type PassSummary, runPass } from "./pass.ts";

/** Longest delay of a timer, which is kept in 31 bits of milliseconds. */
const longestSleep = 2 ** 31 - 1;

/** Serves until it is told to stop. */
export async function serve(context: PassContext, port: number, signals: PassSignals): Promise<void> {
    const metrics = createMetrics(context);
    let last: { readonly endedAt: string; readonly summary: PassSummary } | undefined;
    const server = await startHttpServer(port, {
        metrics: () => metrics.read(),
        health: () => ({ status: "alive", s3: reachability(last?.summary), lastPass: last }),
        notReady: () => notReady(context, signals.stop),
    });
    log("info", "started", { port: server.port, schedule: context.config.upload.schedule });
    try {
        while (!signals.stop.aborted) {
            const summary = await runPass(context, signals);
            metrics.observe(summary);
            last = { endedAt: new Date().toISOString(), summary };
            log(summary.failures.length > 0 ? "error" : "info", "pass ended", { ...summary });
            // Looked up after the pass: what came due during a long one is left out.
            await sleepUntil(nextPass(context.config.upload.schedule, new Date()), signals.stop);
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

async function sleepUntil(due: Date, stop: AbortSignal): Promise<void> {
    try {
        for (let left = due.getTime() - Date.now(); left > 0; left = due.getTime() - Date.now()) {
            await sleep(Math.min(left, longestSleep), undefined, { signal: stop });
        }
    } catch (error) {
        if (!stop.aborted) {
            throw error;
        }
    }
}

/** What the last pass learnt of S3; unknown before it, or when there was nothing to ask S3 about. */
function reachability(summary: PassSummary | undefined): "unknown" | "reachable" | "unreachable" {
    if (summary?.failures.some(({ reason }) => reason === "unreachable")) {
        return "unreachable";
    }
    return summary && summary.uploaded + summary.alreadyThere > 0 ? "reachable" : "unknown";
}

async function notReady(context: PassContext, stop: AbortSignal): Promise<string | undefined> {
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
    return undefined;
}
