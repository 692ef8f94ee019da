// Names of archives: <directory>_<file>_<YYYYMMDD>_<HHMMSS>.log[.gz], UTC.

import { createHash } from "node:crypto";
import { basename } from "node:path";

const second = 1000;

/** Bytes of UTF-8 that a file name may have: `NAME_MAX` of every file system that archives are on (pathname(7)). */
const longestName = 255;

/**
 * Name of an archive of a log, made at `time` (milliseconds since 1970).
 *
 * @param logPath `<directory>/<file>` below the log root
 */
export function archiveName(logPath: string, time: number, isCompressed: boolean): string {
    const [directory = "", file = ""] = logPath.split("/");
    return `${directory}_${basename(file, ".log")}${ending(time, isCompressed)}`;
}

/** Bytes by which the names of a log's archives would be longer than a name may be; 0 or less when they are not. */
export function excessBytes(logPath: string): number {
    return Buffer.byteLength(archiveName(logPath, 0, true)) - longestName;
}

/**
 * The same for a log whose name is too long, which ends in eight digits of a hash instead of its last letters. Only for
 * archives that earlier versions made of such logs: today they are refused (`find-logs.ts`).
 */
export function shortenedArchiveName(logPath: string, time: number, isCompressed: boolean): string {
    const hash = createHash("sha256").update(logPath).digest("hex").slice(0, 8);
    const end = `~${hash}${ending(time, isCompressed)}`;
    let start = archiveName(logPath, time, isCompressed).slice(0, -ending(time, isCompressed).length);
    while (Buffer.byteLength(start + end) > longestName) {
        start = [...start].slice(0, -1).join("");
    }
    return start + end;
}

/** What an archive's name begins with, of whatever time it is; undefined when it is no archive's name. */
export function startOfArchiveName(name: string): string | undefined {
    return /^(?<start>.+)_\d{8}_\d{6}\.log(\.gz)?$/su.exec(name)?.groups?.start;
}

function ending(time: number, isCompressed: boolean): string {
    const [date = "", clock = ""] = new Date(time).toISOString().split("T");
    const stamp = `${date.replaceAll("-", "")}_${clock.slice(0, 8).replaceAll(":", "")}`;
    return `_${stamp}.log${isCompressed ? ".gz" : ""}`;
}

/**
 * Milliseconds that the last archive's name may be ahead of the clock: 7 days. A clock that went backwards by less keeps
 * the order of the names; by more, it was wrong before, and names follow it again.
 */
const mostAhead = 7 * 24 * 60 * 60 * 1000;

/** Whether a time in a name is one that only a wrong clock gave. */
export function isFromWrongClock(time: number, now: number): boolean {
    return time - now > mostAhead;
}

/**
 * Time for the name of the next archive of a file: now, but later than that of its last one, so that names are never
 * used twice and sort in the order of the lines, even when the clock went backwards.
 *
 * @param last not {@link isFromWrongClock}
 */
export function nextArchiveTime(now: number, last: number | undefined): number {
    const current = Math.floor(now / second) * second;
    return last === undefined ? current : Math.max(current, last + second);
}
