// How far a log is archived. Three sources know, and the first one that does counts: the journal, the archives that are
// still on the disk, and the hole in the log itself.

import { type BigIntStats, readSync } from "node:fs";
import { isFromWrongClock } from "./archive-time.ts";
import { block } from "./blocks.ts";
import { syncContent } from "./durable.ts";
import type { FoundLog } from "./find-logs.ts";
import type { StoredEntry } from "./journal.ts";
import { endOfArchives, type JournalEntry, stateOf } from "./journal-entry.ts";
import { identityOf, type LogIdentity } from "./log-identity.ts";
import { bringToRest, type UnfinishedLog } from "./log-states.ts";
import type { OpenLog } from "./open-log.ts";
import type { RotationContext } from "./rotation-context.ts";
import { whyAnotherLog } from "./same-log.ts";

/** Where to go on with a log. */
export interface Standing {
    /** What is known of this very log; undefined: nothing, and it is archived from `start` on. */
    readonly known: JournalEntry | undefined;
    readonly start: number;
    /** Time in the name of the last archive of this log, or of one that had its inode before. */
    readonly lastArchiveTime: number | undefined;
}

/**
 * Finds out where to go on, after finishing what an earlier run left. Entries that claim the same log are told apart by
 * what is in it: the one that reaches furthest is right, because what the others say was true before.
 *
 * @throws the file system's error; nothing is lost then
 */
export async function whereArchived(
    open: OpenLog,
    found: FoundLog,
    unfinished: UnfinishedLog,
    context: RotationContext,
): Promise<Standing> {
    const { descriptor: log, stats } = open;
    const { journal, archives, remark } = context;
    const identity = identityOf(stats);
    const claims = journal.ofInode(identity);
    const [own] = claims.filter((claim) => claim.identity.device === identity.device);
    const stored = (await settleClaims(log, identity, found, claims, context)) ?? own?.entry;
    if (stored && stateOf(stored) === "naming") {
        // A run that is ended may have left that to be done.
        await syncContent(log);
    }
    const entry = stored && (await withRightTime(await bringToRest(unfinished, stored, context), identity, context));
    const lastArchiveTime = entry?.lastArchiveTime;
    if (entry && whyAnotherLog(log, entry) === undefined) {
        return { known: entry, start: entry.archivedUpTo, lastArchiveTime };
    }
    const isDamaged = own !== undefined && own.entry === undefined;
    // A log that has the inode of one that is gone or truncated may even have the same lines, but it has no hole.
    const afterHole = startOfUnknownLog(log, stats);
    const archived = entry === undefined || afterHole > 0 ? archives.entryOf(log, found.name) : undefined;
    if (archived) {
        await journal.write(identity, archived);
        const lost = isDamaged ? "is damaged" : "does not know it";
        remark(
            found.name,
            `WARNING: the journal ${lost}: going on at offset ${archived.archivedUpTo}, where its last archive ends`,
        );
        return { known: archived, start: archived.archivedUpTo, lastArchiveTime: archived.lastArchiveTime };
    }
    const start = entry ? 0 : afterHole;
    if (start > 0) {
        remark(
            found.name,
            `WARNING: the journal does not know it, but its beginning was given back: going on at offset ${start}; what was archived after that, up to ${block} bytes unless lines waited for Filebeat, is in two archives`,
        );
    } else if (isDamaged) {
        remark(
            found.name,
            "WARNING: its journal entry is damaged, and no archive of it is on the disk any more: it is archived from its beginning again",
        );
    }
    return { known: undefined, start, lastArchiveTime };
}

/** The entry that is the log's; the others that claim it are removed, and one of another device gets its number. */
async function settleClaims(
    log: number,
    identity: LogIdentity,
    found: FoundLog,
    claims: readonly StoredEntry[],
    { journal, remark }: RotationContext,
): Promise<JournalEntry | undefined> {
    const isOwn = (claim: StoredEntry): boolean => claim.identity.device === identity.device;
    const right = claims
        .filter((claim) => {
            const { entry } = claim;
            // Without a tail, only its path tells an entry of another device from one of a log with the same beginning.
            const isPlausible = isOwn(claim) || entry?.tail || entry?.path === found.name;
            return entry && isPlausible && whyAnotherLog(log, entry) === undefined;
        })
        .toSorted((one, other) => endOf(other) - endOf(one));
    const chosen = right.find(({ entry }) => entry?.tail) ?? right[0];
    if (!chosen?.entry) {
        return undefined;
    }
    // An entry of the log's own number that is not the log's any more gives way too: there can be only one.
    const others = claims.filter((claim) => claim !== chosen && (right.includes(claim) || isOwn(claim)));
    if (others.length > 0) {
        const devices = [chosen, ...others].map((claim) => claim.identity.device).join(", ");
        remark(
            found.name,
            `WARNING: ${others.length + 1} journal entries claim it (devices ${devices}): the first one fits what is in it and reaches furthest, so it counts and the others are removed`,
        );
    }
    if (!isOwn(chosen)) {
        await journal.move(chosen.identity, identity, chosen.entry);
    }
    for (const other of others.filter((claim) => !isOwn(claim))) {
        journal.forget(other.identity);
    }
    return chosen.entry;
}

function endOf({ entry }: StoredEntry): number {
    return entry ? endOfArchives(entry) : 0;
}

/** A time that only a wrong clock gave would be in names, and in the age of lines, until the clock comes there. */
async function withRightTime(
    entry: JournalEntry,
    identity: LogIdentity,
    { journal, now, foundWrongTime }: RotationContext,
): Promise<JournalEntry> {
    if (!isFromWrongClock(entry.lastArchiveTime ?? 0, now())) {
        return entry;
    }
    foundWrongTime();
    const { lastArchiveTime: _, ...known } = entry;
    await journal.write(identity, known);
    return known;
}

/** Unit of `blocks` in a file's stats, whatever the file system's block is (stat(2)). */
const statUnit = 512;
const chunkBytes = 256 * 1024;

/**
 * Offset at which archiving begins: 0, unless rotation has given the beginning of the log back, so that a hole follows
 * its first block. What is in the hole is archived, so it begins after it. Up to one block before the end of the last
 * archive is archived again then: where exactly that was, only the journal knew.
 */
function startOfUnknownLog(log: number, { size, blocks }: Pick<BigIntStats, "size" | "blocks">): number {
    const end = Number(size);
    const isSparse = Number(blocks) * statUnit + block <= end;
    if (!isSparse || firstByte(log, 0, block) === block || firstByte(log, block, 2 * block) < 2 * block) {
        return 0;
    }
    return Math.floor(firstByte(log, block, end) / block) * block;
}

/** Offset of the first byte in `[start, end)` that is not zero; `end` when there is none. */
function firstByte(log: number, start: number, end: number): number {
    const chunk = Buffer.alloc(chunkBytes);
    const zeros = Buffer.alloc(chunkBytes);
    for (let position = start; position < end; ) {
        const bytes = readSync(log, chunk, 0, Math.min(chunkBytes, end - position), position);
        if (bytes === 0) {
            return end;
        }
        const content = chunk.subarray(0, bytes);
        if (!content.equals(zeros.subarray(0, bytes))) {
            return position + content.findIndex((byte) => byte !== 0);
        }
        position += bytes;
    }
    return end;
}
