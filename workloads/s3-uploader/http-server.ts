// Metrics and probes over HTTP.

import { createServer, type Server, type ServerResponse } from "node:http";

/** What the server shows. */
export interface HttpPages {
    readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
    /** `/healthz`: 503 when the program is broken, and 200 whatever S3 does, because a restart would not mend that. */
    readonly health: () => { readonly isBroken: boolean; readonly page: unknown };
    /** Why the process is not ready; undefined when it is. */
    readonly notReady: () => Promise<string | undefined>;
}

/** A server that listens. */
export interface HttpServer {
    readonly port: number;
    /** Stops listening and ends all connections. */
    close(): Promise<void>;
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz` on all addresses.
 *
 * @param port 0 lets the kernel choose one
 * @throws an error that names the port when it is taken
 */
export async function startHttpServer(port: number, pages: HttpPages): Promise<HttpServer> {
    const server = createServer((request, response) => {
        answer(new URL(request.url ?? "/", "http://localhost").pathname, pages, response).catch((error: unknown) => {
            response.writeHead(500, { "content-type": "text/plain" }).end(`${error}\n`);
        });
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) =>
            reject(
                error.code === "EADDRINUSE"
                    ? new Error(`port ${port} is taken; is another uploader running? METRICS_PORT names another port`)
                    : error,
            ),
        );
        server.listen(port, resolve);
    });
    return { port: portOf(server), close: () => closed(server) };
}

async function answer(path: string, pages: HttpPages, response: ServerResponse): Promise<void> {
    if (path === "/metrics") {
        const { contentType, text } = await pages.metrics();
        response.writeHead(200, { "content-type": contentType }).end(text);
    } else if (path === "/healthz") {
        const { isBroken, page } = pages.health();
        response
            .writeHead(isBroken ? 503 : 200, { "content-type": "application/json" })
            .end(`${JSON.stringify(page)}\n`);
    } else if (path === "/readyz") {
        const reason = await pages.notReady();
        response
            .writeHead(reason === undefined ? 200 : 503, { "content-type": "text/plain" })
            .end(`${reason ?? "ready"}\n`);
    } else {
        response.writeHead(404, { "content-type": "text/plain" }).end("there are /metrics, /healthz and /readyz\n");
    }
}

function portOf(server: Server): number {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
}

async function closed(server: Server): Promise<void> {
    await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
    });
}
