// What Kibana counts of its requests: of one interval, after which it begins from zero.
// elastic/kibana, src/core/packages/metrics/collectors-server-internal/src/server.ts, and
// src/core/packages/metrics/server-internal/src/metrics_service.ts for when it collects and resets.

/** The figures of an interval. */
export interface IntervalFigures {
    readonly collectedAt: Date;
    /** Milliseconds. */
    readonly interval: number;
    /** Requests that have come. */
    readonly requests: number;
    readonly averageMilliseconds: number;
    readonly longestMilliseconds: number;
}

/** Counts requests, and keeps the figures of the last whole interval. */
export class RequestFigures {
    readonly #interval: number;
    #requests = 0;
    #answered = 0;
    #total = 0;
    #longest = 0;
    #last: IntervalFigures;

    /** @param interval milliseconds */
    constructor(interval: number) {
        this.#interval = interval;
        this.#last = this.#collect();
        setInterval(() => {
            this.#last = this.#collect();
        }, interval).unref();
    }

    /** Those of the last whole interval; zeros before its end. */
    get last(): IntervalFigures {
        return this.#last;
    }

    /** Notes that a request has come; the caller calls what it returns when it has been answered. */
    came(): () => void {
        this.#requests++;
        const since = performance.now();
        return () => {
            const milliseconds = performance.now() - since;
            this.#answered++;
            this.#total += milliseconds;
            this.#longest = Math.max(this.#longest, milliseconds);
        };
    }

    #collect(): IntervalFigures {
        const figures = {
            collectedAt: new Date(),
            interval: this.#interval,
            requests: this.#requests,
            averageMilliseconds: this.#total / Math.max(this.#answered, 1),
            longestMilliseconds: this.#longest,
        };
        this.#requests = 0;
        this.#answered = 0;
        this.#total = 0;
        this.#longest = 0;
        return figures;
    }
}
