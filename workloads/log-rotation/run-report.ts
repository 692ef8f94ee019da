// What a run says of each log, and the counts that it adds up.

import type { FinishedArchive } from "./archive-lines.ts";
import { block } from "./give-space-back.ts";
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

    /** What rotation did with a log. */
    rotated(name: string, { archives, space, resumedAt }: RotationOutcome): void {
        if (resumedAt !== undefined) {
            this.remark(
                name,
                `WARNING: the journal does not know it, but its beginning was given back: going on at offset ${resumedAt}; what was archived after that, up to ${block} bytes unless lines waited for Filebeat, is in two archives`,
            );
        }
        if (archives.length > 0) {
            this.summary.files++;
            this.summary.methods[name] = space.method;
        }
        this.archived(name, archives);
    }

    /** Archives of a log that were made. */
    archived(name: string, archives: readonly FinishedArchive[]): void {
        for (const archive of archives) {
            this.summary.lines += archive.lines;
            this.summary.bytesIn += archive.bytesIn;
            this.summary.bytesOut += archive.bytesOut;
            this.remark(
                name,
                `${archive.lines} lines (${archive.bytesIn} bytes) -> ${printable(archive.name)} (${archive.bytesOut} bytes)`,
            );
        }
    }

    /** What became of a log's space in the end. */
    space(name: string, { method, reason, microseconds, waitingBytes, unacknowledged }: SpaceResult): void {
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
