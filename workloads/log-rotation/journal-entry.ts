// What rotation knows of one log from one run to the next, and how it is written down.

import type { HeadOfLog, TailOfLog } from "./log-identity.ts";
import type { Waiting } from "./space-limit.ts";

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

/** The entry in a journal file's text; `undefined` when it is none, or is not whole. */
export function parseEntry(text: string): JournalEntry | undefined {
    const entry = parseJson(text);
    return isObject(entry) &&
        typeof entry.path === "string" &&
        isCount(entry.archivedUpTo) &&
        isCount(entry.givenBackUpTo) &&
        (entry.lastArchiveTime === undefined || isCount(entry.lastArchiveTime)) &&
        isObject(entry.head) &&
        isCount(entry.head.bytes) &&
        typeof entry.head.sha256 === "string" &&
        (entry.truncating === undefined || entry.truncating === true) &&
        [entry.carriedBytes, entry.compacting, entry.revision].every(
            (count) => count === undefined || isCount(count),
        ) &&
        (entry.birth === undefined || typeof entry.birth === "string") &&
        (entry.tail === undefined || isTail(entry.tail)) &&
        (entry.waiting === undefined || isWaiting(entry.waiting)) &&
        (entry.pending === undefined || isPending(entry.pending))
        ? (entry as unknown as JournalEntry)
        : undefined;
}

function isPending(pending: unknown): boolean {
    return (
        isObject(pending) &&
        (pending.folder === undefined || typeof pending.folder === "string") &&
        (pending.areCarried === undefined || pending.areCarried === true) &&
        typeof pending.temporaryName === "string" &&
        typeof pending.finalName === "string" &&
        typeof pending.sha256 === "string" &&
        (pending.tail === undefined || isTail(pending.tail)) &&
        [pending.end, pending.time, pending.bytes].every(isCount)
    );
}

function isTail(tail: unknown): boolean {
    return isObject(tail) && typeof tail.kept === "string" && typeof tail.whole === "string";
}

function isWaiting(waiting: unknown): boolean {
    return isObject(waiting) && isCount(waiting.since) && isCount(waiting.acknowledged);
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}

function isCount(value: unknown): boolean {
    return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
