// What the long-lived uploader does with a configuration that it cannot use: it says so and does nothing else. Were it to
// end, Kubernetes would start it again and again, and no metric would tell why.

import { once } from "node:events";
import { Registry } from "prom-client";
import type { ConfigError } from "./config.ts";
import { startHttpServer } from "./http-server.ts";
import { log } from "./log.ts";
import { createFailureCounter } from "./metrics.ts";

/**
 * Tells what is wrong in log, metric and probes, until it is told to stop. The process is alive and not ready; a change
 * of the configuration starts another one.
 *
 * @param port TCP port of metrics and probes
 */
export async function serveWrongConfig(
    { message, problems }: ConfigError,
    port: number,
    stop: AbortSignal,
): Promise<void> {
    const registry = new Registry();
    const failures = createFailureCounter(registry);
    for (const { key, value, wrong, line } of problems) {
        failures.inc({ reason: "config" });
        log("error", `the configuration is wrong: ${wrong}`, { reason: "config", subject: key, value, line });
    }
    const server = await startHttpServer(port, {
        metrics: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
        health: () => ({ isBroken: false, page: { status: "wrong configuration", problems } }),
        notReady: async () => message,
    });
    log("info", "waiting for another configuration", { port: server.port });
    if (!stop.aborted) {
        await once(stop, "abort");
    }
    await server.close();
    log("info", "stopped");
}
