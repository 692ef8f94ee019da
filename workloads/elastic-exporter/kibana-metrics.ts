// What a Kibana tells of itself, as metrics: https://www.elastic.co/docs/api/doc/kibana/operation/operation-get-status

import { Counter, Gauge, type Registry } from "prom-client";
import { numberAt, readJson } from "./read-json.ts";

/** Levels of Kibana's status, the best first. */
const levels = ["available", "degraded", "unavailable", "critical"];

/** The metrics of one Kibana. */
export class KibanaMetrics {
    readonly #url: string;
    readonly #up: Gauge;
    readonly #status: Gauge;
    readonly #average: Gauge;
    readonly #longest: Gauge;
    readonly #requests: Counter;
    readonly #heap: Gauge;

    constructor(registry: Registry, url: string) {
        const registers = [registry];
        const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
        this.#url = url;
        this.#up = gauge("kibana_up", "1 if Kibana told its status, 0 if not.");
        this.#status = new Gauge({
            name: "kibana_status",
            help: "1 for the level that Kibana's status has, 0 for the others.",
            labelNames: ["level"],
            registers,
        });
        this.#average = gauge(
            "kibana_response_time_average_seconds",
            "Mean time of the answers since the last report.",
        );
        this.#longest = gauge("kibana_response_time_longest_seconds", "Longest time of them.");
        this.#requests = new Counter({
            name: "kibana_requests_total",
            help: "Requests that Kibana has answered.",
            registers,
        });
        this.#heap = gauge("kibana_resident_memory_bytes", "Memory of Kibana's process.");
        this.#forget();
    }

    /** Reads everything anew. What can't be read has no value then: an old one would look like a healthy Kibana. */
    async update(): Promise<void> {
        this.#forget();
        try {
            // An unavailable Kibana answers 503 with its status.
            const { body } = await readJson(`${this.#url}/api/status`);
            const status = (body as { status?: { overall?: { level?: unknown } } } | null)?.status?.overall?.level;
            if (typeof status !== "string" || !levels.includes(status)) {
                throw new Error(`${this.#url}/api/status tells no status.overall.level that is known: ${status}`);
            }
            for (const level of levels) {
                this.#status.set({ level }, level === status ? 1 : 0);
            }
            const set = (gauge: Gauge, factor: number, ...path: readonly string[]) => {
                const value = numberAt(body, "metrics", ...path);
                if (value !== undefined) {
                    gauge.set(value * factor);
                }
            };
            set(this.#average, 1e-3, "response_times", "avg_in_millis");
            set(this.#longest, 1e-3, "response_times", "max_in_millis");
            set(this.#heap, 1, "process", "memory", "resident_set_size_in_bytes");
            const requests = numberAt(body, "metrics", "requests", "total");
            if (requests !== undefined) {
                this.#requests.inc(requests);
            }
            this.#up.set(1);
        } catch (error) {
            this.#forget();
            this.#up.set(0);
            console.error(`elastic-exporter: ${(error as Error).message}`);
        }
    }

    #forget(): void {
        this.#status.reset();
        for (const metric of [this.#average, this.#longest, this.#heap, this.#requests]) {
            metric.remove();
        }
    }
}
