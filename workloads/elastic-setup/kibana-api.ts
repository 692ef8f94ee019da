// The endpoints of Kibana that elastic-setup calls (https://www.elastic.co/docs/api/doc/kibana).

import { SetupError } from "./outcome.ts";

/** An answer of Kibana that says no. */
export class KibanaError extends SetupError {
    readonly status: number;

    constructor(what: string, status: number, message: string) {
        super(what, `Kibana answered ${status}: ${message}`);
        this.status = status;
    }
}

/** A client of one Kibana. */
export class KibanaApi {
    readonly #url: string;
    readonly #headers: Readonly<Record<string, string>>;

    constructor(url: string, credentials?: { readonly username: string; readonly password: string }) {
        this.#url = url.replace(/\/$/, "");
        const authorization =
            credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
        this.#headers = { "kbn-xsrf": "elastic-setup", ...(authorization && { authorization }) };
    }

    /**
     * Sends a request and returns the text of the answer.
     *
     * @param what the object that it is about, for the error message
     * @throws KibanaError when the answer is no success
     * @throws SetupError when there is no answer
     */
    async request(what: string, method: "GET" | "POST", path: string, body?: object | FormData): Promise<string> {
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
