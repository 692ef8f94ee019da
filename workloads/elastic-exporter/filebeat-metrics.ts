// What a Filebeat tells of its inputs, its pipeline and its output, as metrics:
// https://www.elastic.co/docs/reference/beats/filebeat/http-endpoint

import { statfs } from "node:fs/promises";
import { Counter, Gauge, type Registry } from "prom-client";
import { canaryCategory } from "../../formats/data-streams.ts";
import { numberAt, readJson } from "./read-json.ts";

/**
 * Counts of `/stats`, by the metric that shows each. An event that leaves Filebeat is counted once, as acknowledged, as a
 * duplicate, as a dead letter or as given up; one that has failed is counted again when it leaves. Filebeat 7 counted dead
 * letters as acknowledged: elastic/beats, libbeat/outputs/metrics.go and libbeat/outputs/elasticsearch/client.go.
 */
const stats = [
    {
        name: "filebeat_output_events_acked_total",
        help: "Events that Elasticsearch has acknowledged.",
        path: ["libbeat", "output", "events", "acked"],
    },
    {
        name: "filebeat_output_events_duplicates_total",
        help: "Events that were in Elasticsearch already, by their ids.",
        path: ["libbeat", "output", "events", "duplicates"],
    },
    {
        name: "filebeat_output_events_dead_letter_total",
        help: "Events that Elasticsearch refused, and that are in the dead letter stream.",
        path: ["libbeat", "output", "events", "dead_letter"],
    },
    {
        name: "filebeat_output_events_failed_total",
        help: "Events that Elasticsearch did not take, and that are sent again.",
        path: ["libbeat", "output", "events", "failed"],
    },
    {
        name: "filebeat_output_events_dropped_total",
        help: "Events that were given up; must stay 0.",
        path: ["libbeat", "output", "events", "dropped"],
    },
    {
        name: "filebeat_pipeline_events_published_total",
        help: "Events that inputs have handed to the queue.",
        path: ["libbeat", "pipeline", "events", "published"],
    },
] as const;

/**
 * Field of `/inputs/` with the events that a filestream input has made:
 * https://www.elastic.co/docs/reference/beats/filebeat/filebeat-input-filestream
 */
const eventsField = "events_processed_total";
const bytesField = "bytes_processed_total";

/** The metrics of one Filebeat. */
export class FilebeatMetrics {
    readonly #url: string;
    readonly #logVolume: string | undefined;
    readonly #up: Gauge;
    readonly #inputsReported: Gauge;
    readonly #events: Counter;
    readonly #bytes: Counter;
    readonly #counters: readonly { readonly counter: Counter; readonly path: readonly string[] }[];
    readonly #active: Gauge;
    readonly #volumeSize: Gauge;
    readonly #volumeFree: Gauge;

    /** @param logVolume folder on the volume of the logs; undefined: no volume is shown */
    constructor(registry: Registry, url: string, logVolume?: string) {
        const registers = [registry];
        this.#url = url;
        this.#logVolume = logVolume;
        this.#up = new Gauge({ name: "filebeat_up", help: "1 if Filebeat told its counts, 0 if not.", registers });
        this.#inputsReported = new Gauge({
            name: "filebeat_inputs_reported",
            help: "1 if Filebeat tells the counts of each input, 0 if it is one that can't (before 8.8).",
            registers,
        });
        this.#events = new Counter({
            name: "filebeat_events_total",
            help: "Events made of the lines of a category.",
            labelNames: ["category"],
            registers,
        });
        this.#bytes = new Counter({
            name: "filebeat_read_bytes_total",
            help: "Bytes read from the files of a category.",
            labelNames: ["category"],
            registers,
        });
        this.#counters = stats.map(({ name, help, path }) => ({
            counter: new Counter({ name, help, registers }),
            path,
        }));
        this.#active = new Gauge({
            name: "filebeat_pipeline_events_active",
            help: "Events in the queue that are not acknowledged yet.",
            registers,
        });
        const volume = (name: string, help: string) => new Gauge({ name, help, registers });
        this.#volumeSize = volume("filebeat_log_volume_size_bytes", "Size of the volume of this node's logs.");
        this.#volumeFree = volume("filebeat_log_volume_free_bytes", "Bytes that are free for use on that volume.");
        for (const { counter } of this.#counters) {
            counter.remove();
        }
        for (const gauge of [this.#inputsReported, this.#active, this.#volumeSize, this.#volumeFree]) {
            gauge.remove();
        }
    }

    /** Reads everything again. What can't be read has no value then: an old one would look like a healthy Filebeat. */
    async update(): Promise<void> {
        await Promise.all([this.#updateCounts(), this.#updateVolume()]);
    }

    async #updateCounts(): Promise<void> {
        this.#forget();
        try {
            const { status, body } = await readJson(`${this.#url}/stats`);
            if (status !== 200) {
                throw new Error(`${this.#url}/stats answered ${status}`);
            }
            for (const { counter, path } of this.#counters) {
                // Filebeat leaves out what has not been counted yet.
                counter.inc(numberAt(body, ...path) ?? 0);
            }
            this.#active.set(numberAt(body, "libbeat", "pipeline", "events", "active") ?? 0);
            await this.#updateInputs();
            this.#up.set(1);
        } catch (error) {
            this.#forget();
            this.#up.set(0);
            console.error(`elastic-exporter: ${(error as Error).message}`);
        }
    }

    /** Each input's id is the name of its category; the canary's lines are no user's. */
    async #updateInputs(): Promise<void> {
        const { status, body } = await readJson(`${this.#url}/inputs/`).catch(() => ({ status: 0, body: undefined }));
        const inputs = Array.isArray(body) ? (body as readonly unknown[]) : undefined;
        this.#inputsReported.set(status === 200 && inputs !== undefined ? 1 : 0);
        for (const input of inputs ?? []) {
            const category = (input as { readonly id?: unknown } | null)?.id;
            const events = numberAt(input, eventsField);
            if (typeof category === "string" && category !== canaryCategory && events !== undefined) {
                this.#events.inc({ category }, events);
                this.#bytes.inc({ category }, numberAt(input, bytesField) ?? 0);
            }
        }
    }

    async #updateVolume(): Promise<void> {
        const space = this.#logVolume === undefined ? undefined : await statfs(this.#logVolume).catch(() => undefined);
        if (space === undefined) {
            this.#volumeSize.remove();
            this.#volumeFree.remove();
        } else {
            this.#volumeSize.set(space.blocks * space.bsize);
            this.#volumeFree.set(space.bavail * space.bsize);
        }
    }

    #forget(): void {
        this.#events.reset();
        this.#bytes.reset();
        for (const { counter } of this.#counters) {
            counter.remove();
        }
        this.#active.remove();
        this.#inputsReported.remove();
    }
}
