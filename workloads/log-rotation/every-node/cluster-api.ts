// The few calls to the Kubernetes API that fan-out needs, with the pod's own token.
// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api

import { readFileSync } from "node:fs";
import http, { type RequestOptions, STATUS_CODES } from "node:http";
import https from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Where a pod finds its token and its namespace. */
const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Milliseconds for one answer. */
const answerWithin = 30_000;
/** Milliseconds between attempts: an API server that starts again is away for a minute. */
const attemptsAfter = [0, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

/** An answer of the API server that is not the one that was hoped for. */
class ApiError extends Error {
    /** HTTP status; undefined when there was no answer. */
    readonly status: number | undefined;

    constructor(message: string, status?: number) {
        super(message);
        this.status = status;
    }
}

/** Access to the API server. */
export interface ApiAccess {
    /** For example `https://10.96.0.1:443`. */
    readonly server: string;
    readonly namespace: string;
    /** The kubelet replaces a pod's token before it runs out, so it is asked for each time. */
    readonly token: () => string;
    /** Milliseconds to wait before each attempt. */
    readonly attemptsAfter?: readonly number[];
}

/**
 * Access of the pod in which this program runs. The API server's certificate is checked against what
 * `NODE_EXTRA_CA_CERTS` names, which Node.js reads when it starts.
 *
 * @throws an error when this is no pod, or one without a token
 */
export function accessOfThisPod(environment: Readonly<Record<string, string | undefined>>): ApiAccess {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
    if (!host || !port) {
        throw new Error("--every-node works in a pod only: KUBERNETES_SERVICE_HOST and _PORT are not set");
    }
    const folder = environment.SERVICE_ACCOUNT_DIR || serviceAccountFolder;
    const read = (name: string) => readFileSync(join(folder, name), "utf8").trim();
    return {
        server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
        namespace: read("namespace"),
        token: () => read("token"),
    };
}

/**
 * Objects of a page. A node has tens of KiB, and a page passes through memory as bytes, as text and as objects: with a
 * hundred in it the pod needs 20 MiB more.
 */
const pageSize = 20;
/** HTTP status when the continuation of a list has expired. */
const gone = 410;

interface Page<T> {
    readonly metadata?: { readonly continue?: string };
    readonly items: readonly T[];
}

/** A client of one cluster, for one namespace. */
export class ClusterApi {
    readonly namespace: string;
    readonly #access: ApiAccess;

    constructor(access: ApiAccess) {
        this.#access = access;
        this.namespace = access.namespace;
    }

    /**
     * Every object of a collection, such as `/api/v1/nodes`, page by page: of each only what `pick` takes is kept, because
     * a node of 20 KiB is needed for a few bytes of it
     * (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks).
     */
    async list<T, R>(path: string, pick: (object: T) => R, labels?: string): Promise<readonly R[]> {
        const picked: R[] = [];
        for (let next: string | undefined = ""; next !== undefined; ) {
            const query: URLSearchParams = new URLSearchParams({
                limit: String(pageSize),
                ...(labels === undefined ? {} : { labelSelector: labels }),
                ...(next === "" ? {} : { continue: next }),
            });
            try {
                const page: Page<T> = JSON.parse(await this.#request("GET", `${path}?${query}`));
                picked.push(...page.items.map(pick));
                next = page.metadata?.continue || undefined;
            } catch (error) {
                // What the rest of the list belongs to is too old by now.
                if (next === "" || !(error instanceof ApiError) || error.status !== gone) {
                    throw error;
                }
                picked.length = 0;
                next = "";
            }
        }
        return picked;
    }

    /** Makes an object; one of that name that exists is left as it is. */
    async create(path: string, object: unknown): Promise<void> {
        try {
            await this.#request("POST", path, JSON.stringify(object));
        } catch (error) {
            // An attempt whose answer was lost has made it.
            if (!(error instanceof ApiError) || error.status !== 409) {
                throw error;
            }
        }
    }

    /** The answer as text, tried once: for what can be done without. */
    text(path: string): Promise<string> {
        return this.#attempt("GET", path);
    }

    async #request(method: string, path: string, body?: string): Promise<string> {
        let last: unknown;
        for (const pause of this.#access.attemptsAfter ?? attemptsAfter) {
            await sleep(pause);
            try {
                return await this.#attempt(method, path, body);
            } catch (error) {
                last = error;
                const { status = 500 } = error instanceof ApiError ? error : {};
                if (status < 500 && status !== 429) {
                    break;
                }
            }
        }
        throw last;
    }

    async #attempt(method: string, path: string, body?: string): Promise<string> {
        const { server, token } = this.#access;
        const headers = { authorization: `Bearer ${token()}`, "content-type": "application/json" };
        const { status, text } = await ask(new URL(`${server}${path}`), { method, headers }, body).catch(
            ({ message, code }: NodeJS.ErrnoException) => {
                throw new ApiError(`the API server at ${server} does not answer (${message || code})`);
            },
        );
        if (status < 200 || status > 299) {
            const [place] = path.split("?");
            throw new ApiError(`${method} ${place}: ${messageIn(text) ?? STATUS_CODES[status]}`, status);
        }
        return text;
    }
}

/** One exchange. Not by `fetch`: on the nodes of a large cluster that needs 30 MiB more, a quarter of the pod's memory. */
function ask(
    url: URL,
    options: RequestOptions,
    body: string | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
        const request = (url.protocol === "https:" ? https : http).request(url, options);
        const timer = setTimeout(
            () => request.destroy(new Error(`nothing within ${answerWithin / 1_000} s`)),
            answerWithin,
        );
        request.on("error", reject).on("response", (response) => {
            let text = "";
            response
                .setEncoding("utf8")
                .on("data", (piece: string) => {
                    text += piece;
                })
                .on("error", reject)
                .on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        });
        request.on("close", () => clearTimeout(timer));
        request.end(body);
    });
}

/** What a refusal says: the API server answers with an object of kind Status. */
function messageIn(text: string): string | undefined {
    try {
        const { message } = JSON.parse(text) as { readonly message?: unknown };
        return typeof message === "string" ? message : undefined;
    } catch {
        return undefined;
    }
}
