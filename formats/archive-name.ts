// The name of an archive, `<directory>_<file>_<YYYYMMDD>_<HHMMSS>.log[.gz]`, UTC: as rotation writes it, and as the uploader
// and restores read it.

import { createHash } from "node:crypto";
import { basename } from "node:path";
import { applicationLabel } from "./log-tree.ts";
import { whyUnnameable } from "./nameable.ts";

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

/** What the name of an archive tells. */
export interface ArchiveName {
    /** Directory of the log tree in which the log is. */
    readonly directory: string;
    /** Log file without `.log`, such as `application`. */
    readonly logFile: string;
    /** When rotation made the archive, to the second, UTC. */
    readonly rotatedAt: Date;
    readonly compressed: boolean;
}

const pattern = /^(?<directory>[^_]+)_(?<logFile>.+)_(?<date>\d{8})_(?<time>\d{6})\.log(?<gzip>\.gz)?$/u;

/**
 * Reads `<directory>_<file>_<YYYYMMDD>_<HHMMSS>.log[.gz]`.
 *
 * @returns what it tells, or in words why it is not the name of an archive
 */
export function parseArchiveName(name: string): ArchiveName | { readonly wrong: string } {
    const unnameable = whyUnnameable(name);
    if (unnameable !== undefined) {
        return { wrong: `its name ${unnameable}; rename it` };
    }
    const parts = pattern.exec(name)?.groups;
    if (parts === undefined) {
        return {
            wrong: "its name is not <directory>_<file>_<YYYYMMDD>_<HHMMSS>.log[.gz], so its date is not known; rename it",
        };
    }
    const { directory = "", logFile = "", date = "", time = "" } = parts;
    if (!applicationLabel.test(directory)) {
        return { wrong: `its name begins with "${directory}", which can't be a directory of the log tree; rename it` };
    }
    const rotatedAt = utcSecond(date, time);
    if (rotatedAt === undefined) {
        return { wrong: `"${date}_${time}" in its name is no date and time` };
    }
    return { directory, logFile, rotatedAt, compressed: parts.gzip !== undefined };
}

/** Undefined for what no calendar has, such as 30 February or 25 o'clock, which `Date` would carry over. */
function utcSecond(date: string, time: string): Date | undefined {
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
    const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`;
    const iso = `${day}T${clock}.000Z`;
    const parsed = new Date(iso);
    return !Number.isNaN(parsed.getTime()) && parsed.toISOString() === iso ? parsed : undefined;
}
