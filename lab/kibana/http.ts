// Requests and answers in the shape of Kibana's HTTP API: routing, the checks that every request has to pass, errors.

import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

/** A request that has passed the general checks. */
export interface Call {
    /** What the groups of the route's pattern matched. */
    readonly parameters: readonly string[];
    readonly query: URLSearchParams;
    /** The header by which somebody logs in. */
    readonly authorization: string | undefined;
    readonly contentType: string;
    readonly bytes: Buffer;
    /** The body as JSON; undefined when it is of another type or empty. */
    readonly body: unknown;
}

/** An answer of the API. */
export interface Answer {
    readonly status: number;
    /** JSON, or a text of newline-delimited JSON. */
    readonly body: unknown;
}

/** An endpoint. */
export interface Route {
    readonly method: "GET" | "POST";
    readonly path: RegExp;
    readonly handle: (call: Call) => Promise<Answer>;
}

/** An error that is answered as Kibana answers its own. */
export class HttpError extends Error {
    readonly status: number;

    constructor(status: number, message: string) {
        super(message);
        this.status = status;
    }
}

const reasons: Readonly<Record<number, string>> = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
};

/** Answers one request; what is refused is logged. */
export async function answer(
    routes: readonly Route[],
    request: IncomingMessage,
    response: ServerResponse,
): Promise<void> {
    let result: Answer;
    try {
        result = await handled(routes, request);
    } catch (error) {
        const status = error instanceof HttpError ? error.status : 500;
        const message = error instanceof Error ? error.message : String(error);
        console.error(`refused ${request.method} ${request.url} with ${status}: ${message}`);
        result = { status, body: { statusCode: status, error: reasons[status], message } };
    }
    const isText = typeof result.body === "string";
    response.writeHead(result.status, { "content-type": isText ? "application/ndjson" : "application/json" });
    response.end(isText ? result.body : JSON.stringify(result.body));
}

async function handled(routes: readonly Route[], request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://kibana");
    for (const { method, path, handle } of routes) {
        const match = path.exec(url.pathname);
        if (match && request.method === method) {
            // https://www.elastic.co/docs/api/doc/kibana/#topic-kibana-api-authentication names the header.
            if (method !== "GET" && request.headers["kbn-xsrf"] === undefined) {
                throw new HttpError(400, "Request must contain a kbn-xsrf header.");
            }
            const contentType = request.headers["content-type"] ?? "";
            const bytes = await buffer(request);
            return handle({
                parameters: match.slice(1).map(decodeURIComponent),
                query: url.searchParams,
                authorization: request.headers.authorization,
                contentType,
                bytes,
                body: contentType.startsWith("application/json") && bytes.length > 0 ? parsed(bytes) : undefined,
            });
        }
    }
    throw new HttpError(404, "Not Found");
}

function parsed(bytes: Buffer): unknown {
    try {
        return JSON.parse(bytes.toString());
    } catch {
        throw new HttpError(400, "Invalid request payload JSON format");
    }
}

/**
 * The members of an object of a request.
 *
 * @param allowed what each member may be; one that is not listed is refused, as Kibana's schemas do
 * @throws HttpError that names the member
 */
export function members(
    value: unknown,
    path: string,
    allowed: Readonly<Record<string, "string" | "boolean" | "object" | "array">>,
): Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new HttpError(
            400,
            `[request body${path}]: expected a plain object value, but found [${typeof value}] instead.`,
        );
    }
    for (const [name, member] of Object.entries(value)) {
        const expected = allowed[name];
        if (expected === undefined) {
            throw new HttpError(400, `[request body${path}.${name}]: definition for this key is missing`);
        }
        const found = Array.isArray(member) ? "array" : typeof member;
        if (found !== expected) {
            throw new HttpError(
                400,
                `[request body${path}.${name}]: expected value of type [${expected}] but got [${found}]`,
            );
        }
    }
    return value as Readonly<Record<string, unknown>>;
}
