// Writers at work on logs, and what became of their lines: for the tests and for the bench.

import { type ChildProcess, spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { type WriterOrder, type WriterReport, writing } from "./live-writer.ts";

/** What was lost on the way, all counts in lines. */
export interface LineCheck {
    readonly written: number;
    readonly lost: number;
    readonly doubled: number;
    readonly reordered: number;
    /** Not one of the lines that were written. */
    readonly broken: number;
}

/** Running writers. */
export class LiveLoad {
    readonly #writers: readonly RunningWriter[];

    private constructor(writers: readonly RunningWriter[]) {
        this.#writers = writers;
    }

    /**
     * Starts the writers and returns when all are at work.
     *
     * @param orders one for each writer
     */
    static async start(orders: readonly WriterOrder[]): Promise<LiveLoad> {
        const load = new LiveLoad(orders.map(startWriter));
        await Promise.all(load.#writers.map(({ isWriting }) => isWriting));
        return load;
    }

    /** Lets the writers write what they have to, ends them and returns what they say. */
    end(): Promise<readonly WriterReport[]> {
        for (const { child } of this.#writers) {
            child.kill("SIGTERM");
        }
        return Promise.all(this.#writers.map(({ report }) => report));
    }

    /** Ends them at once. */
    kill(): void {
        for (const { child } of this.#writers) {
            child.kill("SIGKILL");
        }
    }
}

interface RunningWriter {
    readonly child: ChildProcess;
    readonly isWriting: Promise<void>;
    readonly report: Promise<WriterReport>;
}

function startWriter(order: WriterOrder): RunningWriter {
    const program = join(import.meta.dirname, "live-writer.ts");
    const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    const isWriting = new Promise<void>((resolve) => {
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            printed += text;
            if (printed.startsWith(writing)) {
                resolve();
            }
        });
    });
    const report = new Promise<WriterReport>((resolve, reject) => {
        child.on("close", (status) =>
            status === 0
                ? resolve(JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "") as WriterReport)
                : reject(new Error(`a writer ended with status ${status}`)),
        );
    });
    // Whoever kills the writers wants no report.
    report.catch(() => undefined);
    return { child, isWriting, report };
}

/** A piece of a log: an archive, or the live log from an offset on. */
export interface Piece {
    readonly path: string;
    readonly start?: number;
}

/**
 * Compares what is in the pieces of one log, in their order, with what its writers wrote.
 *
 * @param written lines by writer
 */
export async function checkLines(pieces: readonly Piece[], written: readonly number[]): Promise<LineCheck> {
    const seen = written.map((count) => new Uint8Array(count));
    const last = written.map(() => -1);
    let [doubled, reordered, broken] = [0, 0, 0];
    const take = (line: string): void => {
        const { writer, number } = /^\{"@timestamp":"[^"]+","w":(?<writer>\d+),"n":(?<number>\d+),.*\}$/.exec(line)
            ?.groups ?? { writer: "-1", number: "-1" };
        const [w, n] = [Number(writer), Number(number)];
        const counts = seen[w];
        if (counts?.[n] === undefined) {
            broken++;
        } else if (counts[n]++ > 0) {
            doubled++;
        } else if (n < (last[w] as number)) {
            reordered++;
        } else {
            last[w] = n;
        }
    };
    let rest = "";
    for (const { path, start } of pieces) {
        const file = createReadStream(path, { start: start ?? 0, highWaterMark: 1024 * 1024 });
        const content = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
        for await (const chunk of content.setEncoding("latin1")) {
            const text = rest + (chunk as string);
            const lines = text.split("\n");
            rest = lines.pop() ?? "";
            lines.forEach(take);
        }
    }
    if (rest !== "") {
        broken++;
    }
    const total = written.reduce((sum, count) => sum + count, 0);
    const lost = seen.reduce((sum, counts) => sum + counts.reduce((none, count) => none + (count === 0 ? 1 : 0), 0), 0);
    return { written: total, lost, doubled, reordered, broken };
}

/** The sum of several checks. */
export function sumOfChecks(checks: readonly LineCheck[]): LineCheck {
    const sum = (count: keyof LineCheck) => checks.reduce((total, check) => total + check[count], 0);
    return {
        written: sum("written"),
        lost: sum("lost"),
        doubled: sum("doubled"),
        reordered: sum("reordered"),
        broken: sum("broken"),
    };
}
