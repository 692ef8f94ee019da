// Serves a program's metrics and probes over HTTP. Anyone who reaches the port may send it anything: no request ends the
// process, and none holds a connection for longer than it takes to read a page.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { messageOf } from "./error-message.ts";

/** What one path shows. */
export interface Page {
    /** HTTP status; 200 by default. */
    readonly status?: number;
    readonly contentType: string;
    readonly text: string;
}

/** The pages by their paths, such as `/metrics`. A page that throws is answered with 500 and what it threw. */
export type Pages = Readonly<Record<`/${string}`, () => Page | Promise<Page>>>;

/** A server that listens. */
export interface PageServer {
    readonly port: number;
    /** Stops listening and ends all connections. */
    close(): Promise<void>;
}

/** Milliseconds for a whole request. Pages are asked for by requests of a few hundred bytes. */
const requestTimeout = 10_000;

/** Milliseconds from one look for connections whose time is over to the next. */
const connectionsCheckingInterval = 2_000;

/** Connections at the same time; Prometheus and kubelet need a handful. */
const mostConnections = 100;

/**
 * Serves the pages on all addresses.
 *
 * @param port 0 lets the kernel choose one
 * @throws the error of the socket, such as `EADDRINUSE`
 */
export async function servePages(port: number, pages: Pages): Promise<PageServer> {
    const server = createServer(
        { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval },
        (request, response) => {
            answer(request, pages).then(
                (page) => send(request, response, page),
                (error: unknown) => send(request, response, { status: 500, ...plain(messageOf(error)) }),
            );
        },
    );
    server.maxConnections = mostConnections;
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, resolve);
    });
    return { port: portOf(server), close: () => closed(server) };
}

/** A page of plain text. */
export function plain(text: string): Page {
    return { contentType: "text/plain", text: `${text}\n` };
}

async function answer({ method, url = "" }: IncomingMessage, pages: Pages): Promise<Page> {
    if (method !== "GET" && method !== "HEAD") {
        return { status: 405, ...plain("only GET and HEAD are allowed") };
    }
    // A proxy may send an absolute URI: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    const path = URL.parse(url, "http://localhost")?.pathname;
    if (path === undefined || url.startsWith("//")) {
        return { status: 400, ...plain("this is no path") };
    }
    const page = Object.hasOwn(pages, path) ? pages[path as keyof Pages] : undefined;
    return page?.() ?? { status: 404, ...plain(`there are ${Object.keys(pages).join(", ")}`) };
}

function send({ method }: IncomingMessage, response: ServerResponse, { status = 200, contentType, text }: Page): void {
    response
        .writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text) })
        .end(method === "HEAD" ? undefined : text);
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
