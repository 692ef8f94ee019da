// The canary: writes a line a minute beside the logs of its node, and looks when search finds it. What is between the
// two is the whole way of a user's line: the disk, Filebeat, Elasticsearch.

import { setTimeout as delay } from "node:timers/promises";
import { Counter, Gauge, type Registry } from "prom-client";
import { CanaryFile } from "./canary-file.ts";
import { type CanarySearch, newestLine } from "./newest-line.ts";
import { SearchError, type SearchProblem } from "./search-request.ts";

/** What a canary needs. */
export interface CanarySettings {
    /** Folder that Filebeat reads, and nobody else writes in. */
    readonly folder: string;
    /** Seconds from one line to the next. */
    readonly intervalSeconds: number;
    readonly search: CanarySearch;
}

/** Why a line could not be written, or not be looked for. */
type FailureReason = "write" | SearchProblem;
const failureReasons: readonly FailureReason[] = ["write", "unreachable", "certificate", "access", "answer"];

/** A line that is on its way is looked for this often; it takes some seconds. */
const lookMilliseconds = 1000;
/** Where lines are late already, somebody may be overloaded. */
const lookWhenLateMilliseconds = 10_000;

/** The canary of one node. */
export class LogCanary {
    readonly #settings: CanarySettings;
    readonly #file: CanaryFile;
    readonly #stopped = new AbortController();
    readonly #written: Gauge;
    readonly #found: Gauge;
    readonly #arrival: Gauge;
    readonly #failures: Counter;
    readonly #node: { readonly node: string };
    /** Times of writing, in milliseconds since 1970: the first and the newest line of this process, the newest found. */
    #firstWritten = Number.POSITIVE_INFINITY;
    #newestWritten = 0;
    #newestFound = 0;
    #problem = "none";

    constructor(registry: Registry, settings: CanarySettings) {
        this.#settings = settings;
        this.#file = new CanaryFile(settings.folder);
        this.#node = { node: settings.search.node };
        const common = { labelNames: ["node"], registers: [registry] };
        this.#written = new Gauge({
            ...common,
            name: "chattingo_log_canary_written_timestamp_seconds",
            help: "When the canary wrote its newest line; 0 if it could write none.",
        });
        this.#found = new Gauge({
            ...common,
            name: "chattingo_log_canary_found_timestamp_seconds",
            help: "When the newest line was written that search finds; 0 if none was found yet.",
        });
        this.#arrival = new Gauge({
            ...common,
            name: "chattingo_log_canary_arrival_seconds",
            help: "Seconds from the writing of that line until search found it.",
        });
        this.#failures = new Counter({
            name: "chattingo_log_canary_failures_total",
            help: "Lines that could not be written and looks that told nothing, by reason.",
            labelNames: ["node", "reason"],
            registers: [registry],
        });
        this.#written.set(this.#node, 0);
        this.#found.set(this.#node, 0);
        for (const reason of failureReasons) {
            this.#failures.inc({ ...this.#node, reason }, 0);
        }
    }

    /** Writes and looks until {@link stop}. What a disk or Elasticsearch refuses is counted, and tried again. */
    async run(): Promise<void> {
        const { signal } = this.#stopped;
        const interval = this.#settings.intervalSeconds * 1000;
        let isDueAt = 0;
        while (!signal.aborted) {
            const now = performance.now();
            if (now >= isDueAt) {
                isDueAt = now + interval;
                this.#write();
            }
            await this.#look();
            const pause = this.#isLate ? lookWhenLateMilliseconds : lookMilliseconds;
            const wait = this.#isOnItsWay ? Math.min(pause, isDueAt - performance.now()) : isDueAt - performance.now();
            await delay(Math.max(0, wait), undefined, { signal }).catch(() => undefined);
        }
    }

    /** Ends {@link run}. */
    stop(): void {
        this.#stopped.abort();
    }

    get #isOnItsWay(): boolean {
        return this.#newestFound < this.#newestWritten;
    }

    /** More than the newest line is missing. */
    get #isLate(): boolean {
        const newestThere = Math.max(this.#newestFound, this.#firstWritten);
        return this.#newestWritten - newestThere > 1.5 * this.#settings.intervalSeconds * 1000;
    }

    #write(): void {
        const now = Date.now();
        try {
            this.#file.append(JSON.stringify({ "@timestamp": new Date(now).toISOString(), message: "canary" }));
            this.#firstWritten = Math.min(this.#firstWritten, now);
            this.#newestWritten = now;
            this.#written.set(this.#node, now / 1000);
        } catch (error) {
            this.#failures.inc({ ...this.#node, reason: "write" });
            console.error(`elastic-exporter: no canary line in ${this.#settings.folder}: ${(error as Error).message}`);
        }
    }

    async #look(): Promise<void> {
        try {
            const time = await newestLine(this.#settings.search, Date.now());
            if (time !== undefined && time !== this.#newestFound) {
                this.#newestFound = time;
                this.#found.set(this.#node, time / 1000);
                // How long a line of the process before has been there, nobody knows.
                if (time >= this.#firstWritten) {
                    this.#arrival.set(this.#node, (Date.now() - time) / 1000);
                }
            }
            this.#tell("none");
        } catch (error) {
            if (!(error instanceof SearchError)) {
                throw error;
            }
            this.#failures.inc({ ...this.#node, reason: error.problem });
            this.#tell(error.message);
        }
    }

    /** A problem of search is told when it begins, and not again until there is another or none. */
    #tell(problem: string): void {
        if (problem !== this.#problem) {
            console.error(`elastic-exporter: looking for canary lines, problem: ${problem}`);
            this.#problem = problem;
        }
    }
}
