// A program that appends numbered lines to a log and takes every byte that becomes free on its disk, until it is told to
// end. In the end it prints how many lines it wrote, each of them whole.

import { type ChildProcess, spawn } from "node:child_process";
import { openSync, statSync, writeSync } from "node:fs";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { liveLine } from "./live-writer.ts";

/** Lines in a write. */
const batch = 8;

/** The writer as a process of its own. */
export class GreedyWriter {
    readonly #child: ChildProcess;
    readonly #written: Promise<number>;
    readonly #log: string;

    constructor(log: string) {
        this.#log = log;
        const child = spawn(process.execPath, [import.meta.filename, log], { stdio: ["ignore", "pipe", "inherit"] });
        this.#child = child;
        let printed = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            printed += text;
        });
        this.#written = new Promise((resolve, reject) => {
            child.on("close", (status) =>
                status === 0 ? resolve(Number(printed)) : reject(new Error(`the writer ended with status ${status}`)),
            );
        });
        // Who kills it wants no count.
        this.#written.catch(() => undefined);
    }

    /**
     * Returns when its log has grown no more for a second: there is no room left. XFS keeps some blocks that nobody gets,
     * so what is available tells less.
     */
    async untilFull(): Promise<void> {
        for (let [size, before] = [0, -1]; size === 0 || size !== before; ) {
            await sleep(1_000);
            [before, size] = [size, statSync(this.#log).size];
        }
    }

    /** Tells it to end; it does as soon as there is room for the rest of its line. Returns the lines it wrote. */
    end(): Promise<number> {
        this.#child.kill("SIGTERM");
        return this.#written;
    }

    /** Ends it at once, if it has not ended. */
    async kill(): Promise<void> {
        this.#child.kill("SIGKILL");
        await this.#written.catch(() => undefined);
    }
}

async function write(path: string): Promise<number> {
    const log = openSync(path, "a");
    let [lines, isEnding] = [0, false];
    process.once("SIGTERM", () => {
        isEnding = true;
    });
    for (let round = 0; !isEnding; round++) {
        let text = "";
        for (let count = 0; count < batch; count++) {
            text += liveLine(0, lines++);
        }
        for (let rest = Buffer.from(text); rest.length > 0; ) {
            try {
                rest = rest.subarray(writeSync(log, rest));
            } catch (error) {
                if ((error as NodeJS.ErrnoException).code !== "ENOSPC") {
                    throw error;
                }
                // Signals come between two turns.
                await turn();
            }
        }
        if (round % 64 === 0) {
            await turn();
        }
    }
    return lines;
}

if (process.argv[1] === import.meta.filename) {
    console.log(await write(process.argv[2] ?? ""));
}
