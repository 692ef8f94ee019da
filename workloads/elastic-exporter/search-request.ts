// Asks Elasticsearch a question, and tells by kind why it had no answer.

import http from "node:http";
import https from "node:https";
import { certificateProblem } from "../server-certificate.ts";

/** How Elasticsearch is reached. */
export interface SearchAccess {
    /** URL of Elasticsearch. */
    readonly url: string;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: { readonly username: string; readonly password: string } | undefined;
    /** Certificate of the authority that Elasticsearch's comes from, in PEM; undefined: one that the system trusts. */
    readonly authority?: string | undefined;
    /** The data stream that is searched. */
    readonly stream: string;
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

/** Milliseconds to wait for an answer by default: a search that takes longer helps nobody who searches. */
const patience = 10_000;

/** What Elasticsearch answers to a search, as far as it is looked at. */
export interface SearchAnswer {
    readonly hits?: { readonly hits?: unknown };
    readonly aggregations?: Readonly<Record<string, { readonly buckets?: unknown } | undefined>>;
}

/**
 * Searches the stream; one that is not there yet has no lines.
 *
 * @param timeoutMilliseconds how long to wait for the answer
 * @throws SearchError
 */
export async function searchStream(
    access: SearchAccess,
    query: object,
    timeoutMilliseconds = patience,
): Promise<SearchAnswer> {
    const { url, authority, stream } = access;
    const path = `/${stream}/_search?ignore_unavailable=true&allow_partial_search_results=false`;
    const body = JSON.stringify(query);
    const { status, text } = await ask(access, path, body, timeoutMilliseconds).catch(async (error: Error) => {
        const problem = await certificateProblem(url, authority);
        throw problem === undefined
            ? new SearchError("unreachable", `${url}: ${error.message}`)
            : new SearchError("certificate", problem);
    });
    if (status === 401 || status === 403) {
        throw new SearchError("access", `${url} refuses the login with ${status}`);
    }
    const answer = status === 200 ? objectOf(text) : undefined;
    if (answer === undefined) {
        throw new SearchError("answer", `${url} answered ${status}: ${text.slice(0, 200)}`);
    }
    return answer;
}

function objectOf(text: string): SearchAnswer | undefined {
    try {
        const value = JSON.parse(text) as unknown;
        return typeof value === "object" && value !== null ? value : undefined;
    } catch {
        return undefined;
    }
}

interface HttpAnswer {
    readonly status: number;
    readonly text: string;
}

/** Node's `fetch` can't be told of an authority, and trusts every public one. */
function ask(
    { url, login, authority }: SearchAccess,
    path: string,
    body: string,
    timeoutMilliseconds: number,
): Promise<HttpAnswer> {
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
