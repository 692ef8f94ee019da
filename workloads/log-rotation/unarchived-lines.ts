// Which lines of an open log are in no archive yet, and whether they are due.

import { dueReason, latestTime, lineTime } from "./due.ts";
import type { OpenLog } from "./open-log.ts";
import type { RotationContext } from "./rotation-context.ts";
import { endOfWholeLines, lineAt } from "./whole-lines.ts";

/** What is known of them. */
export interface UnarchivedLines {
    /** Offset after the last whole line. */
    readonly end: number;
    readonly areDue: boolean;
}

/**
 * Looks at them.
 *
 * @param start offset up to which the log is archived
 * @param lastArchiveTime of the log, milliseconds since 1970; undefined before its first archive
 */
export function unarchivedLines(
    { descriptor: log, stats }: OpenLog,
    start: number,
    lastArchiveTime: number | undefined,
    { settings, now }: Pick<RotationContext, "settings" | "now">,
): UnarchivedLines {
    const end = endOfWholeLines(log, start, Number(stats.size));
    const current = now();
    const since = latestTime(lastArchiveTime ?? Number(stats.birthtimeMs), current);
    const oldestLineTime = lineTime(lineAt(log, start), current, since);
    const reason = dueReason({ unarchivedBytes: end - start, oldestLineTime, now: current }, settings);
    return { end, areDue: reason !== undefined };
}
