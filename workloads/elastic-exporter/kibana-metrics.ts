// What a Kibana tells of itself, as metrics: https://www.elastic.co/docs/api/doc/kibana/operation/operation-get-status
//
// To those who have not logged in it tells its overall level and nothing else: elastic/kibana,
// src/core/packages/status/server-internal/src/routes/status.ts.

import { Gauge, type Registry } from "prom-client";
import { type JsonAnswer, numberAt, readJson } from "./read-json.ts";
import type { KibanaSource } from "./settings.ts";

/** Levels of Kibana's status, the best first. */
const levels = ["available", "degraded", "unavailable", "critical"];

/** The metrics of one Kibana. */
export class KibanaMetrics {
    readonly #source: KibanaSource;
    readonly #up: Gauge;
    readonly #figuresReported: Gauge;
    readonly #status: Gauge;
    /** By their paths in the answer, with what a value is multiplied by. */
    readonly #figures: readonly {
        readonly gauge: Gauge;
        readonly factor: number;
        readonly path: readonly string[];
    }[];

    constructor(registry: Registry, source: KibanaSource) {
        const registers = [registry];
        const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
        this.#source = source;
        this.#up = gauge("kibana_up", "1 if Kibana told its status, 0 if not.");
        this.#figuresReported = gauge(
            "kibana_figures_reported",
            "1 if Kibana told its figures too, 0 if it told its level only, as it does without a login.",
        );
        this.#status = new Gauge({
            name: "kibana_status",
            help: "1 for the level that Kibana's status has, 0 for the others.",
            labelNames: ["level"],
            registers,
        });
        // Kibana counts for some seconds (its setting ops.interval) and then begins from zero: nothing here is a counter.
        this.#figures = [
            {
                gauge: gauge(
                    "kibana_response_time_average_seconds",
                    "Mean time of the answers in the last interval of Kibana's counting.",
                ),
                factor: 1e-3,
                path: ["response_times", "avg_in_millis"],
            },
            {
                gauge: gauge("kibana_response_time_longest_seconds", "Longest time of them."),
                factor: 1e-3,
                path: ["response_times", "max_in_millis"],
            },
            {
                gauge: gauge("kibana_interval_requests", "Requests in the last interval of Kibana's counting."),
                factor: 1,
                path: ["requests", "total"],
            },
            {
                gauge: gauge("kibana_interval_seconds", "Length of that interval."),
                factor: 1e-3,
                path: ["collection_interval_in_millis"],
            },
            {
                gauge: gauge("kibana_resident_memory_bytes", "Memory of Kibana's process."),
                factor: 1,
                path: ["process", "memory", "resident_set_size_in_bytes"],
            },
        ];
        this.#forget();
    }

    /** Reads everything again. What can't be read has no value then: an old one would look like a healthy Kibana. */
    async update(): Promise<void> {
        this.#forget();
        try {
            const { body, level } = await this.#read();
            for (const each of levels) {
                this.#status.set({ level: each }, each === level ? 1 : 0);
            }
            for (const { gauge, factor, path } of this.#figures) {
                const value = numberAt(body, "metrics", ...path);
                if (value !== undefined) {
                    gauge.set(value * factor);
                }
            }
            const isComplete = numberAt(body, "metrics", "requests", "total") !== undefined;
            if (!isComplete) {
                console.error(`elastic-exporter: ${this.#source.url} tells its level only, and none of its figures`);
            }
            this.#figuresReported.set(isComplete ? 1 : 0);
            this.#up.set(1);
        } catch (error) {
            this.#forget();
            this.#up.set(0);
            console.error(`elastic-exporter: ${(error as Error).message}`);
        }
    }

    /** The answer to the login, or that to nobody where the login is refused: Kibana can't judge any without Elasticsearch. */
    async #read(): Promise<{ readonly body: unknown; readonly level: string }> {
        const url = `${this.#source.url}/api/status`;
        const answers: JsonAnswer[] = [await readJson(url, this.#source.login)];
        if (this.#source.login !== undefined && levelOf(answers[0]) === undefined) {
            console.error(`elastic-exporter: ${url} answers the login of this exporter with ${answers[0]?.status}`);
            answers.unshift(await readJson(url));
        }
        const level = levelOf(answers[0]);
        if (level === undefined) {
            throw new Error(`${url} answers ${answers[0]?.status} and no status.overall.level that is known`);
        }
        return { body: answers[0]?.body, level };
    }

    #forget(): void {
        this.#status.reset();
        this.#figuresReported.remove();
        for (const { gauge } of this.#figures) {
            gauge.remove();
        }
    }
}

/** An unavailable Kibana answers 503 with its status. */
function levelOf(answer: JsonAnswer | undefined): string | undefined {
    const body = answer?.body as { status?: { overall?: { level?: unknown } } } | null | undefined;
    const level = body?.status?.overall?.level;
    return typeof level === "string" && levels.includes(level) ? level : undefined;
}
