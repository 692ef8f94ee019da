// The endpoints of Kibana that elastic-setup calls (https://www.elastic.co/docs/api/doc/kibana).

import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "./outcome.ts";

/** An answer of Kibana that says no. */
export class KibanaError extends SetupError {
    readonly status: number;

    constructor(what: string, status: number, message: string) {
        super(what, `Kibana answered ${status}: ${message}`);
        this.status = status;
    }
}

/** How often a request is sent again that Kibana answered with 401, and after how many milliseconds. */
export interface RefusalPatience {
    readonly tries: number;
    readonly pause: number;
}

/**
 * Elasticsearch has accepted the same login before Kibana is asked, so Kibana's 401 passes: its own connection to
 * Elasticsearch broke off while it asked who this is.
 */
const defaultPatience: RefusalPatience = { tries: 15, pause: 2000 };

/** A client of one Kibana. */
export class KibanaApi {
    readonly #url: string;
    readonly #headers: Readonly<Record<string, string>>;
    readonly #patience: RefusalPatience;

    constructor(
        url: string,
        credentials?: { readonly username: string; readonly password: string },
        patience: RefusalPatience = defaultPatience,
    ) {
        this.#url = url.replace(/\/$/, "");
        this.#patience = patience;
        const authorization =
            credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
        this.#headers = { "kbn-xsrf": "elastic-setup", ...(authorization && { authorization }) };
    }

    /**
     * Sends a request and returns the text of the answer. It is sent again while Kibana answers 401, but for half a minute
     * at most.
     *
     * @param what the object that it is about, for the error message
     * @throws KibanaError when the answer is no success
     * @throws SetupError when there is no answer
     */
    async request(what: string, method: "GET" | "POST", path: string, body?: object | FormData): Promise<string> {
        for (let left = this.#patience.tries; ; left--) {
            try {
                return await this.#send(what, method, path, body);
            } catch (error) {
                if (left <= 1 || !(error instanceof KibanaError) || error.status !== 401) {
                    throw error;
                }
                await sleep(this.#patience.pause);
            }
        }
    }

    async #send(what: string, method: "GET" | "POST", path: string, body?: object | FormData): Promise<string> {
        const isForm = body instanceof FormData;
        const { ok, status, text } = await fetch(`${this.#url}${path}`, {
            method,
            headers: { ...this.#headers, ...(body && !isForm && { "content-type": "application/json" }) },
            body: isForm ? body : JSON.stringify(body),
            signal: AbortSignal.timeout(60_000),
        })
            .then(async (response) => ({ ok: response.ok, status: response.status, text: await response.text() }))
            .catch((error: unknown) => {
                throw new SetupError(what, `Kibana did not answer: ${causeOf(error)}`);
            });
        if (!ok) {
            throw new KibanaError(what, status, messageOf(text));
        }
        return text;
    }
}

/**
 * The JSON object of an answer.
 *
 * @throws SetupError with the beginning of an answer that is none: something in front of Kibana answers in its place,
 * such as a login page
 */
export function jsonOf(what: string, text: string): object {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        value = undefined;
    }
    if (typeof value !== "object" || value === null) {
        const beginning = JSON.stringify(text.slice(0, 100));
        throw new SetupError(
            what,
            `expected a JSON object from Kibana, got ${beginning}: does KIBANA_URL lead to Kibana itself?`,
        );
    }
    return value;
}

/** Why there was no answer. `fetch` itself says only that it failed, and one that tried several addresses only a code. */
function causeOf(error: unknown): string {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const { message, code } = cause as { readonly message?: string; readonly code?: string };
    return message || code || String(cause);
}

function messageOf(text: string): string {
    try {
        return (JSON.parse(text) as { message?: string }).message ?? text;
    } catch {
        return text.slice(0, 500);
    }
}
