// Asks Elasticsearch for the newest of a node's canary lines that can be found.

import http from "node:http";
import https from "node:https";
import { certificateProblem } from "../server-certificate.ts";

/** How the canary's lines are looked for. */
export interface CanarySearch {
    /** URL of Elasticsearch. */
    readonly url: string;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: { readonly username: string; readonly password: string } | undefined;
    /** Certificate of the authority that Elasticsearch's comes from, in PEM; undefined: one that the system trusts. */
    readonly authority?: string | undefined;
    /** The data stream of the canary's lines. */
    readonly stream: string;
    /** The node whose lines are looked for. */
    readonly node: string;
}

/** Why nothing could be looked for: nobody answers, a certificate has ended, the login is refused, the answer is no result. */
export type SearchProblem = "unreachable" | "certificate" | "access" | "answer";

/** A search that told nothing. */
export class SearchError extends Error {
    readonly problem: SearchProblem;

    constructor(problem: SearchProblem, message: string) {
        super(message);
        this.name = "SearchError";
        this.problem = problem;
    }
}

/** Milliseconds to wait for an answer: a search that takes longer helps nobody who searches. */
const timeoutMilliseconds = 10_000;

interface Answer {
    readonly status: number;
    readonly text: string;
}

/**
 * When the newest line was written that can be found, in milliseconds since 1970; undefined if there is none. Lines of a
 * time that is still to come, which a clock wrote before it was set back, do not count.
 *
 * @throws SearchError
 */
export async function newestLine(search: CanarySearch, now: number): Promise<number | undefined> {
    const query = {
        size: 1,
        _source: false,
        track_total_hits: false,
        query: {
            bool: {
                filter: [
                    { term: { "kubernetes.node.name": search.node } },
                    { range: { "@timestamp": { lte: now, format: "epoch_millis" } } },
                ],
            },
        },
        sort: [{ "@timestamp": { order: "desc", format: "epoch_millis" } }],
    };
    // Before the first line has arrived there is no such data stream.
    const path = `/${search.stream}/_search?ignore_unavailable=true&allow_partial_search_results=false`;
    const { status, text } = await ask(search, path, JSON.stringify(query)).catch(async (error: Error) => {
        const problem = await certificateProblem(search.url, search.authority);
        throw problem === undefined
            ? new SearchError("unreachable", `${search.url}: ${error.message}`)
            : new SearchError("certificate", problem);
    });
    if (status === 401 || status === 403) {
        throw new SearchError("access", `${search.url} refuses the login with ${status}`);
    }
    const hits = status === 200 ? hitsOf(text) : undefined;
    if (hits === undefined) {
        throw new SearchError("answer", `${search.url} answered ${status}: ${text.slice(0, 200)}`);
    }
    const time = Number(hits[0]?.sort?.[0]);
    return Number.isFinite(time) ? time : undefined;
}

interface Hit {
    readonly sort?: readonly unknown[];
}

function hitsOf(text: string): readonly Hit[] | undefined {
    try {
        const { hits } = (JSON.parse(text) as { hits?: { hits?: unknown } }).hits ?? {};
        return Array.isArray(hits) ? (hits as readonly Hit[]) : undefined;
    } catch {
        return undefined;
    }
}

/** Node's `fetch` can't be told of an authority, and trusts every public one. */
function ask({ url, login, authority }: CanarySearch, path: string, body: string): Promise<Answer> {
    const client = url.startsWith("https:") ? https : http;
    return new Promise((resolve, reject) => {
        const request = client.request(
            `${url}${path}`,
            {
                method: "POST",
                // One that is kept open tells nothing of a certificate that has ended since.
                agent: false,
                headers: { "content-type": "application/json" },
                ...(login && { auth: `${login.username}:${login.password}` }),
                ...(authority !== undefined && { ca: authority }),
                signal: AbortSignal.timeout(timeoutMilliseconds),
            },
            (response) => {
                response.toArray().then((pieces) => {
                    resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() });
                }, reject);
            },
        );
        request.once("error", reject);
        request.end(body);
    });
}
