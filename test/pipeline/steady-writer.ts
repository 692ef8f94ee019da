// Writes lines to a log at a steady rate, as an application does, until it is told to stop.

import { appendFileSync } from "node:fs";

/** A writer at work. */
export interface SteadyWriter {
    /** Writes no more. */
    stop(): void;
}

const tickMilliseconds = 100;

/**
 * Appends so many lines a second to the file. What it was late with is written with the next tick, so that a busy machine
 * lowers no rate.
 */
export function writeSteadily(file: string, linesPerSecond: number): SteadyWriter {
    const started = performance.now();
    let written = 0;
    const timer = setInterval(() => {
        const due = Math.floor(((performance.now() - started) / 1000) * linesPerSecond);
        const time = new Date().toISOString();
        let text = "";
        for (; written < due; written++) {
            text += `${JSON.stringify({ "@timestamp": time, message: `steady line ${written}`, user_id: "7" })}\n`;
        }
        appendFileSync(file, text);
    }, tickMilliseconds);
    return { stop: () => clearInterval(timer) };
}
