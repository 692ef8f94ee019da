// The status API, which probes and exporters read: https://www.elastic.co/docs/api/doc/kibana/operation/operation-get-status

import type { Answer } from "./http.ts";
import type { SavedObjects } from "./saved-objects.ts";

/** Requests over which response times are averaged, as the real one averages those since its last report. */
const remembered = 1000;

/** Whether Kibana is available, and how long its answers took. */
export class Status {
    readonly #objects: SavedObjects;
    readonly #started = performance.now();
    readonly #milliseconds: number[] = [];
    #requests = 0;

    constructor(objects: SavedObjects) {
        this.#objects = objects;
    }

    /** Notes that a request has been answered. */
    served(milliseconds: number): void {
        this.#requests++;
        this.#milliseconds.push(milliseconds);
        if (this.#milliseconds.length > remembered) {
            this.#milliseconds.shift();
        }
    }

    async report(): Promise<Answer> {
        const isAvailable = await this.#objects.isReachable();
        const level = isAvailable ? "available" : "unavailable";
        const summary = isAvailable ? "All services are available" : "Elasticsearch is not reachable";
        const total = this.#milliseconds.reduce((sum, each) => sum + each, 0);
        return {
            status: isAvailable ? 200 : 503,
            body: {
                name: process.env.SERVER_NAME ?? "kibana",
                version: { number: "9.4.3", build_flavor: "traditional" },
                status: { overall: { level, summary }, core: { elasticsearch: { level, summary } } },
                metrics: {
                    last_updated: new Date().toISOString(),
                    process: {
                        uptime_in_millis: performance.now() - this.#started,
                        memory: { resident_set_size_in_bytes: process.memoryUsage.rss() },
                    },
                    requests: { total: this.#requests },
                    response_times: {
                        avg_in_millis: this.#milliseconds.length === 0 ? 0 : total / this.#milliseconds.length,
                        max_in_millis: Math.max(0, ...this.#milliseconds),
                    },
                },
            },
        };
    }
}
