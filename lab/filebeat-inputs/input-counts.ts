// How many events of each input Elasticsearch has.

import type { FilebeatConfiguration } from "./configuration.ts";

/** Figures of an input, as `/inputs/` names them (https://www.elastic.co/docs/reference/beats/filebeat/filebeat-input-filestream). */
export interface InputFigures {
    readonly id: string;
    readonly input: string;
    readonly events_processed_total: number;
}

/** Shorter than the time that the exporter has for a scrape. */
const timeoutMilliseconds = 2000;

/** Asks Elasticsearch, and remembers what it said. */
export class InputCounts {
    readonly #configuration: FilebeatConfiguration;
    #last: readonly InputFigures[] | undefined;

    constructor(configuration: FilebeatConfiguration) {
        this.#configuration = configuration;
    }

    /** The figures of all inputs, or the last ones while Elasticsearch does not answer; undefined: it never has. */
    async read(): Promise<readonly InputFigures[] | undefined> {
        try {
            this.#last = await this.#count();
        } catch (error) {
            console.error(`the stand-in for /inputs/: ${(error as Error).message}`);
        }
        return this.#last;
    }

    async #count(): Promise<readonly InputFigures[]> {
        const { elasticsearchUrl, authorization, inputs } = this.#configuration;
        const searches = inputs.flatMap(({ index }) => [
            { index, ignore_unavailable: true },
            { size: 0, track_total_hits: true },
        ]);
        const response = await fetch(`${elasticsearchUrl}/_msearch`, {
            method: "POST",
            headers: { "content-type": "application/x-ndjson", ...(authorization && { authorization }) },
            body: `${searches.map((line) => JSON.stringify(line)).join("\n")}\n`,
            signal: AbortSignal.timeout(timeoutMilliseconds),
        });
        if (!response.ok) {
            throw new Error(`Elasticsearch answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
        }
        const { responses } = (await response.json()) as { readonly responses: readonly SearchAnswer[] };
        return inputs.map(({ id, type }, position) => {
            const count = responses[position]?.hits?.total.value;
            if (count === undefined) {
                throw new Error(`Elasticsearch counted nothing for ${id}: ${JSON.stringify(responses[position])}`);
            }
            return { id, input: type, events_processed_total: count };
        });
    }
}

interface SearchAnswer {
    readonly hits?: { readonly total: { readonly value: number } };
}
