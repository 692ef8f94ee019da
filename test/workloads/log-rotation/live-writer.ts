// A program that appends numbered lines to logs, as applications do: in append mode, several lines a write, as fast as it
// may, until it is told to end. In the end it prints how many lines each log got, and how long its writes took.

import { fstatSync, openSync, writeSync } from "node:fs";
import { createHistogram } from "node:perf_hooks";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";

/** What it is told, as JSON, in its only argument. */
export interface WriterOrder {
    /** Tells its lines from those of other writers of the same logs. */
    readonly writer: number;
    readonly logs: readonly string[];
    /** Lines that it writes at least, in all logs together. */
    readonly atLeast: number;
    /** Lines in a write. */
    readonly batch: number;
    /** Lines a second in all logs together; undefined: as fast as it can. */
    readonly pace?: number | undefined;
    /** Bytes on disk of a log above which it waits for rotation; undefined: it never waits. */
    readonly mostBytes?: number | undefined;
}

/** The first line that it prints: it is at work, and can be told to end. */
export const writing = "writing";

/** The last line that it prints. */
export interface WriterReport {
    /** Lines by log. */
    readonly lines: readonly number[];
    /** Microseconds that a write took. */
    readonly pause: { readonly median: number; readonly p999: number; readonly max: number };
}

const filler = "the quick brown fox jumps over the lazy dog and is written down as a line of a log ";

/** The line, about 190 bytes long; a part of it changes little, as in real logs. */
export function liveLine(writer: number, number: number): string {
    const text = filler.slice(0, 20 + ((number * 7) % 60));
    return `{"@timestamp":"2026-01-01T00:00:00.000Z","w":${writer},"n":${number},"user_id":"${(number * 7919) % 100_000}","message":"${text}","trace":"${((number * 2_654_435_761) % 4_294_967_296).toString(16)}"}\n`;
}

async function write({ writer, logs, atLeast, batch, pace, mostBytes = Infinity }: WriterOrder): Promise<WriterReport> {
    const files = logs.map((log) => openSync(log, "a"));
    const lines = logs.map(() => 0);
    const histogram = createHistogram();
    const started = performance.now();
    let isEnding = false;
    process.once("SIGTERM", () => {
        isEnding = true;
    });
    console.log(writing);
    for (let total = 0, round = 0; !isEnding || total < atLeast; round++) {
        const log = round % files.length;
        let text = "";
        for (let count = 0; count < batch; count++) {
            text += liveLine(writer, lines[log] as number);
            lines[log] = (lines[log] as number) + 1;
        }
        total += batch;
        const bytes = Buffer.from(text);
        const before = process.hrtime.bigint();
        if (writeSync(files[log] as number, bytes) !== bytes.length) {
            throw new Error("a write took only a part of its lines");
        }
        histogram.record(process.hrtime.bigint() - before);
        // Signals come between two turns.
        if (round % 64 === 0) {
            await turn();
        }
        const isEarly = () => pace !== undefined && total / pace > (performance.now() - started) / 1_000;
        const isTooMuch = () => round % 64 === 0 && fstatSync(files[log] as number).blocks * 512 > mostBytes;
        while (!isEnding && (isEarly() || isTooMuch())) {
            await sleep(5);
        }
    }
    const microseconds = (nanoseconds: number) => Math.round(nanoseconds / 1_000);
    return {
        lines,
        pause: {
            median: microseconds(histogram.percentile(50)),
            p999: microseconds(histogram.percentile(99.9)),
            max: microseconds(histogram.max),
        },
    };
}

if (process.argv[1] === import.meta.filename) {
    console.log(JSON.stringify(await write(JSON.parse(process.argv[2] ?? "") as WriterOrder)));
}
