// What rotation knows of one log from one run to the next, and how it is written down.

import { startOfArchiveName } from "../../formats/archive-name.ts";
import { isCount, isObject, isOptionalText, isTime, parseJson } from "./json-values.ts";
import { type HeadOfLog, isHeadOfLog, isTailOfLog, type TailOfLog } from "./log-identity.ts";
import type { Waiting } from "./space-limit.ts";
import { parseTemporaryName } from "./temporary-name.ts";

/** An archive that is complete and on disk under its temporary name, and about to get its final one. */
export interface PendingArchive {
    /** The archive directory of the run that made it; the next one may be told of another. */
    readonly folder?: string | undefined;
    /** Names in the archive directory. */
    readonly temporaryName: string;
    readonly finalName: string;
    /** Offset in the log at which the archive ends. */
    readonly end: number;
    /** What is before that end; entries of earlier versions lack it. */
    readonly tail?: TailOfLog | undefined;
    /** Time in the final name, milliseconds since 1970. */
    readonly time: number;
    /** It is made of what was carried away before the log was truncated. */
    readonly areCarried?: true | undefined;
    /** Size and checksum of the archive, by which it is known again. */
    readonly bytes: number;
    readonly sha256: string;
}

/** What is known of one log. */
export interface JournalEntry {
    /** Path below the log root when it was last rotated. */
    readonly path: string;
    /** Everything before this offset is in archives. */
    readonly archivedUpTo: number;
    /** The disk space before this offset is given back, but for what is always kept. */
    readonly givenBackUpTo: number;
    /** Archived lines wait for Filebeat. */
    readonly waiting?: Waiting | undefined;
    /** Time in the name of the last archive, milliseconds since 1970. */
    readonly lastArchiveTime?: number;
    /** Beginning of the log. */
    readonly head: HeadOfLog;
    /** What is before `archivedUpTo`; entries of earlier versions lack it, and those of logs that are compacted. */
    readonly tail?: TailOfLog | undefined;
    /** When the file was made (`birthOf`); entries of earlier versions lack it. */
    readonly birth?: string | undefined;
    /** Grows with each version of the entry: there may be two of them (`journal.ts`). */
    readonly revision?: number | undefined;
    readonly pending?: PendingArchive;
    /** The log is about to be truncated (`truncate-log.ts`), or is already. */
    readonly truncating?: true | undefined;
    /** The log was truncated, and this many bytes of its last lines were carried away and are in no archive yet. */
    readonly carriedBytes?: number | undefined;
    /** This many bytes of the hole are about to be cut out of the log (`compact-log.ts`), or are already. */
    readonly compacting?: number | undefined;
}

/** What an earlier run left to be finished; `at-rest`: nothing. `log-states.ts` says how each is. */
export type LogState = "at-rest" | "naming" | "truncating" | "carried" | "compacting";

/** State of the log that the entry is about. */
export function stateOf({ pending, truncating, carriedBytes, compacting }: JournalEntry): LogState {
    return pending
        ? "naming"
        : truncating
          ? "truncating"
          : carriedBytes !== undefined
            ? "carried"
            : compacting !== undefined
              ? "compacting"
              : "at-rest";
}

/** Offset up to which the log is archived when what is under way is finished. */
export function endOfArchives({ pending, archivedUpTo }: JournalEntry): number {
    return pending && !pending.areCarried ? pending.end : archivedUpTo;
}

/**
 * The entry in a journal file's text; `undefined` when it is none, or is not whole. What it names is looked at too: a run
 * removes the temporary archive of an entry, and must never be led to another file.
 */
export function parseEntry(text: string): JournalEntry | undefined {
    const entry = parseJson(text);
    return isObject(entry) &&
        isLogPath(entry.path) &&
        isCount(entry.archivedUpTo) &&
        isCount(entry.givenBackUpTo) &&
        (entry.lastArchiveTime === undefined || isTime(entry.lastArchiveTime)) &&
        isHeadOfLog(entry.head) &&
        (entry.truncating === undefined || entry.truncating === true) &&
        [entry.carriedBytes, entry.compacting, entry.revision].every(
            (count) => count === undefined || isCount(count),
        ) &&
        (entry.compacting === undefined || Number(entry.compacting) <= entry.givenBackUpTo) &&
        isOptionalText(entry.birth) &&
        (entry.tail === undefined || isTailOfLog(entry.tail)) &&
        (entry.waiting === undefined || isWaiting(entry.waiting)) &&
        (entry.pending === undefined || isPending(entry.pending))
        ? (entry as unknown as JournalEntry)
        : undefined;
}

/** Whether a value is the path of a log below the log root, `<directory>/<file>`. */
export function isLogPath(value: unknown): value is string {
    return typeof value === "string" && /^[^/\0]+\/[^/\0]+$/.test(value);
}

/** Whether a value is the name that an archive has in its directory. */
export function isArchiveName(value: unknown): value is string {
    return typeof value === "string" && !/[/\0]/.test(value) && startOfArchiveName(value) !== undefined;
}

function isPending(pending: unknown): boolean {
    return (
        isObject(pending) &&
        isOptionalText(pending.folder) &&
        (pending.areCarried === undefined || pending.areCarried === true) &&
        typeof pending.temporaryName === "string" &&
        parseTemporaryName(pending.temporaryName) !== undefined &&
        isArchiveName(pending.finalName) &&
        typeof pending.sha256 === "string" &&
        (pending.tail === undefined || isTailOfLog(pending.tail)) &&
        isTime(pending.time) &&
        isCount(pending.end) &&
        isCount(pending.bytes)
    );
}

function isWaiting(waiting: unknown): boolean {
    return isObject(waiting) && isCount(waiting.since) && isCount(waiting.acknowledged);
}
