// How many lines of each category Elasticsearch has refused lately, as a metric. Filebeat counts them without saying whose
// they are; the dead letter stream has the category of each.

import { Gauge, type Registry } from "prom-client";
import { unknownCategory } from "../../formats/log-categories.ts";
import { type SearchAccess, SearchError, searchStream } from "./search-request.ts";

/** Elasticsearch's date math: lines that were refused before are not counted. */
const since = "now-15m";

/** Shorter than Prometheus' default of 10 s for a scrape. */
const timeoutMilliseconds = 7000;

/** More categories than a stack has. */
const mostCategories = 1000;

/** The metric of the lines in the dead letter stream. */
export class DeadLetterMetrics {
    readonly #access: SearchAccess;
    readonly #lines: Gauge;

    /** @param access to the dead letter stream */
    constructor(registry: Registry, access: SearchAccess) {
        this.#access = access;
        this.#lines = new Gauge({
            name: "chattingo_dead_letter_lines",
            help: "Lines that Elasticsearch refused in the last 15 minutes, by category.",
            labelNames: ["category"],
            registers: [registry],
        });
    }

    /** Counts again. What can't be counted has no value then: Filebeat's own count remains. */
    async update(): Promise<void> {
        this.#lines.reset();
        try {
            const counts = await this.#count();
            // There with none, too: so anyone can see that they are counted.
            this.#lines.set({ category: unknownCategory }, 0);
            for (const { key, doc_count: count } of counts) {
                this.#lines.set({ category: key }, count);
            }
        } catch (error) {
            if (!(error instanceof SearchError)) {
                throw error;
            }
            console.error(`elastic-exporter: counting dead letters: ${error.message}`);
        }
    }

    async #count(): Promise<readonly Bucket[]> {
        const query = {
            size: 0,
            track_total_hits: false,
            query: { range: { "event.ingested": { gte: since } } },
            aggs: { categories: { terms: { field: "category", size: mostCategories, missing: unknownCategory } } },
        };
        const { aggregations } = await searchStream(this.#access, query, timeoutMilliseconds);
        // Without an index of that name there is nothing to put together.
        const buckets = aggregations?.categories?.buckets ?? [];
        if (!Array.isArray(buckets)) {
            throw new SearchError("answer", `${this.#access.url} answered with what is no list of categories`);
        }
        return buckets as readonly Bucket[];
    }
}

interface Bucket {
    readonly key: string;
    readonly doc_count: number;
}
