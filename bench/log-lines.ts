// Log lines as an application writes them, for measurements: JSON with times, ids, addresses and numbers that differ from
// line to line, so that they compress as real ones do. The same every time.

import { closeSync, openSync, writeSync } from "node:fs";

const actions = ["login", "logout", "send message", "join room", "leave room", "upload file", "open socket", "search"];
const levels = ["info", "info", "info", "info", "info", "warn", "error", "debug"];
const services = ["gateway", "auth", "chat", "presence", "files", "notifications"];

/** Random numbers below 2^32 from a seed (xorshift, Marsaglia 2003). */
function* randomNumbers(seed: number): Generator<number, never> {
    for (let state = seed || 1; ; ) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        state >>>= 0;
        yield state;
    }
}

/** Lines that are written at once. */
const linesInPiece = 2_000;

/** What was written. */
export interface WrittenLines {
    readonly count: number;
    readonly bytes: number;
}

/** Writes lines into a new file until it has at least `bytes`. */
export function writeLog(path: string, bytes: number, seed = 1): WrittenLines {
    const file = openSync(path, "w");
    let [count, written] = [0, 0];
    const random = randomNumbers(seed);
    const next = () => random.next().value;
    const pick = (values: readonly string[]) => values[next() % values.length];
    const hex = () => next().toString(16).padStart(8, "0");
    try {
        for (let time = Date.UTC(2026, 0, 1); written < bytes; count += linesInPiece) {
            let text = "";
            for (let line = 0; line < linesInPiece; line++) {
                time += next() % 50;
                const message = `${pick(actions)} by user ${next() % 50_000} from 10.${next() % 8}.${next() % 256}.${next() % 256}`;
                text += `${JSON.stringify({
                    "@timestamp": new Date(time).toISOString(),
                    level: pick(levels),
                    service: pick(services),
                    message,
                    user_id: String(next() % 50_000),
                    request_id: `${hex()}${hex()}`,
                    duration_ms: (next() % 90_000) / 100,
                })}\n`;
            }
            written += writeSync(file, text);
        }
        return { count, bytes: written };
    } finally {
        closeSync(file);
    }
}
