// Names of archives: <directory>_<file>_<YYYYMMDD>_<HHMMSS>.log[.gz], UTC.

import { basename } from "node:path";

const second = 1000;

/**
 * Name of an archive of a log, made at `time` (milliseconds since 1970).
 *
 * @param logPath `<directory>/<file>` below the log root
 */
export function archiveName(logPath: string, time: number, isCompressed: boolean): string {
    const [directory = "", file = ""] = logPath.split("/");
    const [date = "", clock = ""] = new Date(time).toISOString().split("T");
    const stamp = `${date.replaceAll("-", "")}_${clock.slice(0, 8).replaceAll(":", "")}`;
    return `${directory}_${basename(file, ".log")}_${stamp}.log${isCompressed ? ".gz" : ""}`;
}

/**
 * Time for the name of the next archive of a file: now, but later than that of its last one, so that names are never
 * used twice and sort in the order of the lines, even when the clock went backwards.
 */
export function nextArchiveTime(now: number, last: number | undefined): number {
    const current = Math.floor(now / second) * second;
    return last === undefined ? current : Math.max(current, last + second);
}
