// Reads one JSON document over HTTP, within the time that a scrape has.

import type { Login } from "../secret-variable.ts";

/** Shorter than Prometheus' default of 10 s for a scrape, so that the answer can still say what was missing. */
const timeoutMilliseconds = 7000;

/** An answer that was read. */
export interface JsonAnswer {
    readonly status: number;
    readonly body: unknown;
}

/**
 * Reads the document.
 *
 * @param login of HTTP authentication; undefined: nobody's
 * @throws when nobody answers in time, or what is answered is no JSON
 */
export async function readJson(url: string, login?: Login): Promise<JsonAnswer> {
    const authorization = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
    const response = await fetch(url, {
        headers: authorization ? { authorization } : {},
        signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    const text = await response.text();
    try {
        return { status: response.status, body: JSON.parse(text) };
    } catch {
        throw new Error(`${url} answered ${response.status} with what is no JSON: ${text.slice(0, 80)}`);
    }
}

/** The number at the path of names in a document; undefined when there is none. */
export function numberAt(document: unknown, ...path: readonly string[]): number | undefined {
    let value = document;
    for (const name of path) {
        value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    }
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
