// The lines that Elasticsearch refused, as Filebeat 9 counts and keeps them: apart from the acknowledged ones, and in a file
// of its own unless it is told not to (elastic/beats, libbeat/outputs/elasticsearch/client.go and
// docs/reference/filebeat/configuration-logging.md). Filebeat 7 counts a dead letter as acknowledged.

import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { FilebeatConfiguration } from "./configuration.ts";

/** Shorter than the time that the exporter has for a scrape. */
const timeoutMilliseconds = 2000;

/** Most refused lines that are written to the file at once. */
const mostAtOnce = 1000;

interface SearchAnswer {
    readonly hits: {
        readonly total: { readonly value: number };
        readonly hits: readonly { readonly _source: { readonly message?: unknown } }[];
    };
}

/** Counts the documents of the dead letter stream from this Filebeat's start on. */
export class DeadLetters {
    readonly #configuration: FilebeatConfiguration;
    readonly #logsFolder: string;
    #before: number | undefined;
    #known = 0;

    /** @param logsFolder where Filebeat writes refused lines, if at all */
    constructor(configuration: FilebeatConfiguration, logsFolder: string) {
        this.#configuration = configuration;
        this.#logsFolder = logsFolder;
    }

    /** How many there are since the start; the last number while Elasticsearch does not answer. */
    async count(): Promise<number> {
        if (this.#configuration.deadLetterIndex !== undefined) {
            const found = await this.#search(0).catch(() => undefined);
            const total = found?.hits.total.value;
            this.#before ??= total;
            // Fewer than before, when somebody deleted the stream, is no new count.
            const count = Math.max((total ?? 0) - (this.#before ?? 0), this.#known);
            const added = count - this.#known;
            this.#known = count;
            if (added > 0 && this.#configuration.writesRefusedLines) {
                await this.#write(added);
            }
        }
        return this.#known;
    }

    async #write(added: number): Promise<void> {
        const found = await this.#search(Math.min(added, mostAtOnce)).catch(() => undefined);
        const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
        const file = join(this.#logsFolder, `filebeat-events-data-${day}.ndjson`);
        for (const { _source } of found?.hits.hits ?? []) {
            const message = `Cannot index event ${String(_source.message)}, trying dead letter index`;
            await appendFile(file, `${JSON.stringify({ message })}\n`).catch((error: Error) => {
                // As zap, by which Filebeat writes its logs.
                console.error(`${new Date().toISOString()} write error: failed to rotate: ${error.message}`);
            });
        }
    }

    async #search(size: number): Promise<SearchAnswer> {
        const { elasticsearchUrl, authorization, deadLetterIndex } = this.#configuration;
        const path = `/${deadLetterIndex}/_search?ignore_unavailable=true&track_total_hits=true`;
        const response = await fetch(`${elasticsearchUrl}${path}`, {
            method: "POST",
            headers: { "content-type": "application/json", ...(authorization && { authorization }) },
            body: JSON.stringify({ size, sort: [{ "@timestamp": { order: "desc", unmapped_type: "date" } }] }),
            signal: AbortSignal.timeout(timeoutMilliseconds),
        });
        if (!response.ok) {
            throw new Error(`Elasticsearch answered ${response.status}`);
        }
        return (await response.json()) as SearchAnswer;
    }
}

/** Filebeat 7's `/stats` with dead letters counted as Filebeat 9 does. */
export function withDeadLetters(stats: unknown, deadLetters: number): unknown {
    const { libbeat } = stats as { libbeat?: { output?: { events?: Readonly<Record<string, number>> } } };
    const { acked = 0, ...others } = libbeat?.output?.events ?? {};
    const events = { acked: Math.max(acked - deadLetters, 0), dead_letter: deadLetters, ...others };
    return { ...(stats as object), libbeat: { ...libbeat, output: { ...libbeat?.output, events } } };
}
