// The status API, which probes and exporters read: elastic/kibana,
// src/core/packages/status/server-internal/src/routes/status.ts.

import type { Answer } from "./http.ts";
import type { RequestFigures } from "./request-figures.ts";
import type { SavedObjects } from "./saved-objects.ts";

/** Whether Kibana is available, and what it counts. */
export class Status {
    readonly #objects: SavedObjects;
    readonly #name: string;
    readonly #version: string;
    readonly #figures: RequestFigures;
    readonly #started = performance.now();

    constructor(objects: SavedObjects, name: string, version: string, figures: RequestFigures) {
        this.#objects = objects;
        this.#name = name;
        this.#version = version;
        this.#figures = figures;
    }

    /** @param isFull false: for those who have not logged in, the overall level and nothing else */
    async report(isFull: boolean): Promise<Answer> {
        const isAvailable = await this.#objects.isReachable();
        const level = isAvailable ? "available" : "unavailable";
        const summary = isAvailable ? "All services are available" : "Elasticsearch is not reachable";
        const status = isAvailable ? 200 : 503;
        if (!isFull) {
            return { status, body: { status: { overall: { level } } } };
        }
        const { collectedAt, interval, requests, averageMilliseconds, longestMilliseconds } = this.#figures.last;
        return {
            status,
            body: {
                name: this.#name,
                version: { number: this.#version, build_flavor: "traditional" },
                status: { overall: { level, summary }, core: { elasticsearch: { level, summary } } },
                metrics: {
                    last_updated: collectedAt.toISOString(),
                    collection_interval_in_millis: interval,
                    process: {
                        uptime_in_millis: performance.now() - this.#started,
                        memory: { resident_set_size_in_bytes: process.memoryUsage.rss() },
                    },
                    requests: { disconnects: 0, total: requests },
                    response_times: { avg_in_millis: averageMilliseconds, max_in_millis: longestMilliseconds },
                },
            },
        };
    }
}
