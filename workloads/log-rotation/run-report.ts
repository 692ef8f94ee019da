// What a run says of each log, and the counts that it adds up.

import type { FinishedArchive } from "./archive-lines.ts";
import type { SpaceResult } from "./reclaim-space.ts";
import type { RotationOutcome } from "./rotate-log.ts";
import { goneAfter } from "./space-limit.ts";
import { emptySummary, type RotationSummary } from "./summary.ts";

const day = 24 * 60 * 60 * 1000;

/** Why lines were given up that Filebeat had not acknowledged, in words. */
const notAwaited = {
    "filebeat-gone": `nothing of it was acknowledged for ${goneAfter / day} days`,
    "nearly-full": "the volume is nearly full",
} as const;

/** The report of one run. */
export class RunReport {
    readonly summary: RotationSummary = emptySummary();
    readonly #say: (line: string) => void;
    readonly #started = performance.now();
    readonly #failed = new Set<string>();

    constructor(say: (line: string) => void) {
        this.#say = say;
    }

    /** Says something of a log or a file that counts as nothing. */
    remark(name: string, remark: string): void {
        this.#say(`${printable(name)}: ${remark}`);
    }

    /** A log that was due, or could not be looked at, and is not rotated. */
    fail(name: string, problem: string): void {
        this.summary.errors++;
        this.#failed.add(name);
        this.remark(name, `ERROR: ${problem}`);
    }

    /** Whether {@link fail} was called for it. */
    hasFailed(name: string): boolean {
        return this.#failed.has(name);
    }

    /** Something that is no log, or no log that can be rotated without touching something else. */
    leftAlone(name: string, reason: string): void {
        this.summary.leftAlone++;
        this.remark(name, `WARNING: left alone: ${reason}`);
    }

    /** What rotation did with a log. */
    rotated(name: string, { isRotated, space }: RotationOutcome): void {
        if (isRotated) {
            this.summary.files++;
            this.summary.methods[name] = space === "gone" ? "nothing-to-give" : space.method;
        }
        if (space === "gone") {
            this.remark(name, "it was deleted since it was found");
        }
    }

    /** An archive of a log that was made. */
    archived(name: string, { lines, bytesIn, bytesOut, name: archive }: FinishedArchive): void {
        this.summary.lines += lines;
        this.summary.bytesIn += bytesIn;
        this.summary.bytesOut += bytesOut;
        this.remark(name, `${lines} lines (${bytesIn} bytes) -> ${printable(archive)} (${bytesOut} bytes)`);
    }

    /** What became of a log's space in the end. */
    space(name: string, space: SpaceResult): void {
        const { method, reason, microseconds, waitingBytes, unacknowledged, anotherLog, changed } = space;
        const { summary } = this;
        summary.bytesWaitingForFilebeat += waitingBytes;
        if (name in summary.methods && method !== "nothing-to-give") {
            summary.methods[name] = method;
        }
        if (method === "kept") {
            summary.spaceNotGivenBack++;
            this.remark(name, `WARNING: archived, but its space is not given back: ${reason}`);
        } else if (method === "truncated") {
            this.remark(
                name,
                `WARNING: the file system can't punch holes, so the log was copied and truncated: a line that was written within those ${microseconds} microseconds is lost`,
            );
        } else if (method !== "nothing-to-give") {
            this.remark(name, `space given back: ${method}`);
        }
        if (anotherLog !== undefined) {
            this.remark(name, `truncated or replaced while it was rotated (${anotherLog}): nothing is taken from it`);
        }
        if (changed) {
            this.remark(
                name,
                `WARNING: truncated or replaced within the ${changed.withinMs} milliseconds in which its space was given back (${changed.reason}): lines written in those milliseconds may be lost`,
            );
        }
        if (waitingBytes > 0 && method !== "kept") {
            this.remark(name, `${waitingBytes} archived bytes wait until Filebeat has acknowledged them`);
        }
        if (unacknowledged?.because) {
            this.remark(
                name,
                `WARNING: gave ${unacknowledged.bytes} bytes back that Filebeat has not acknowledged, because ${notAwaited[unacknowledged.because]}; they are archived, but will not be found in the search`,
            );
        }
    }

    /** The counts, when the run is over. */
    end(): RotationSummary {
        this.summary.seconds = Math.round(performance.now() - this.#started) / 1000;
        return this.summary;
    }
}

/** File names may hold anything, line ends too: a log line must stay one line. */
function printable(name: string): string {
    return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}
