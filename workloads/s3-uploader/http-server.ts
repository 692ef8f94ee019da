// Metrics and probes of the uploader.

import { type PageServer, plain, servePages } from "../page-server.ts";

/** What the server shows. */
export interface HttpPages {
    readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
    /** `/healthz`: 503 when the program is broken, and 200 whatever S3 does, because a restart would not fix that. */
    readonly health: () => { readonly isBroken: boolean; readonly page: unknown };
    /** Why the process is not ready; undefined when it is. */
    readonly notReady: () => Promise<string | undefined>;
    /** What a ready process has to say all the same; undefined for nothing. */
    readonly remark?: () => string | undefined;
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz` on all addresses.
 *
 * @param port 0 lets the kernel choose one
 * @throws an error that names the port when it is taken
 */
export async function startHttpServer(
    port: number,
    { metrics, health, notReady, remark }: HttpPages,
): Promise<PageServer> {
    try {
        return await servePages(port, {
            "/metrics": metrics,
            "/healthz": () => {
                const { isBroken, page } = health();
                const text = `${JSON.stringify(page)}\n`;
                return { status: isBroken ? 503 : 200, contentType: "application/json", text };
            },
            "/readyz": async () => {
                const reason = await notReady();
                const ready = ["ready", remark?.()].filter((text) => text !== undefined).join("; ");
                return { status: reason === undefined ? 200 : 503, ...plain(reason ?? ready) };
            },
        });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") {
            throw new Error(`port ${port} is taken; is another uploader running? METRICS_PORT names another port`);
        }
        throw error;
    }
}
