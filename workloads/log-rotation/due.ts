// Whether a log is due for rotation.

import { isFromWrongClock } from "./archive-time.ts";
import type { RotationSettings } from "./settings.ts";

/** What decides. */
export interface DueQuestion {
    /** Bytes of whole lines that are not in an archive yet. */
    readonly unarchivedBytes: number;
    /** Oldest such line, milliseconds since 1970. */
    readonly oldestLineTime: number;
    readonly now: number;
}

/** Why the log is due; `undefined` when it is not. A log without a whole line that is not archived never is. */
export function dueReason(
    { unarchivedBytes, oldestLineTime, now }: DueQuestion,
    { maxSize, maxAge, archiveWithin }: Pick<RotationSettings, "maxSize" | "maxAge" | "archiveWithin">,
): "size" | "age" | undefined {
    if (unarchivedBytes === 0) {
        return undefined;
    }
    if (unarchivedBytes >= maxSize) {
        return "size";
    }
    return now - oldestLineTime > Math.min(maxAge, archiveWithin ?? maxAge) ? "age" : undefined;
}

/**
 * Since when a line without a time of its own has been there, at the latest: `since`, but not later than now. A time that
 * only a wrong clock gave says nothing, so the line counts as old.
 */
export function latestTime(since: number, now: number): number {
    return isFromWrongClock(since, now) ? 0 : Math.min(since, now);
}

/** Earlier times are those of clocks that were never set: 2000-01-01. */
const earliest = Date.UTC(2000, 0, 1);
/** Date.parse takes much for a date, a single digit too; a log's time begins like this (ISO 8601). */
const isoDate = /^\d{4}-\d{2}-\d{2}/;

/**
 * Time of a line: its `@timestamp`, if it is JSON and has one that is an ISO 8601 date of this century and not in the
 * future; else `otherwise`. Milliseconds since 1970.
 */
export function lineTime(line: string, now: number, otherwise: number): number {
    const stamp = timestampOf(line);
    const time = typeof stamp === "string" && isoDate.test(stamp) ? Date.parse(stamp) : Number.NaN;
    return time >= earliest && time <= now ? time : otherwise;
}

function timestampOf(line: string): unknown {
    try {
        const entry: unknown = JSON.parse(line);
        return typeof entry === "object" && entry !== null && "@timestamp" in entry ? entry["@timestamp"] : undefined;
    } catch {
        return undefined;
    }
}
