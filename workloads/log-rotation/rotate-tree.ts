// One run: every log of the tree, one after another, and the sum of it.

import { findLogs } from "./find-logs.ts";
import { block } from "./give-space-back.ts";
import { Journal, type StoredEntry } from "./journal.ts";
import { namePending } from "./name-archive.ts";
import { makeOwnDirectories } from "./own-directories.ts";
import { type RotationContext, type RotationOutcome, rotateLog } from "./rotate-log.ts";
import type { RotationSettings } from "./settings.ts";
import { emptySummary, type RotationSummary } from "./summary.ts";
import { removeAbandoned } from "./temporary-archives.ts";

/**
 * Milliseconds for which a log that is gone is remembered, in case it was only moved away: 90 days. Applications with a
 * log a pod make many.
 */
const forgottenAfter = 90 * 24 * 60 * 60 * 1000;

/** What a run may be told beside its settings. */
export interface RunOptions extends Pick<RotationContext, "after"> {
    readonly settings: RotationSettings;
    readonly say: (line: string) => void;
    readonly now?: () => number;
}

/**
 * Rotates whatever is due. A log that can't be rotated is counted and the others go on.
 *
 * @throws an error when the tree, the archive directory or the journal can't be used at all
 */
export async function rotateTree({ settings, say, now = Date.now, after }: RunOptions): Promise<RotationSummary> {
    const started = performance.now();
    const { logs, passedOver, problems } = findLogs(settings.logRoot);
    makeOwnDirectories(settings);
    const journal = new Journal(settings.journalDirectory);
    const summary = emptySummary();
    const failed = new Set<string>();
    const fail = (name: string, problem: string): void => {
        summary.errors++;
        failed.add(name);
        say(`${printable(name)}: ERROR: ${problem}`);
    };
    for (const name of removeAbandoned(settings.archiveDirectory, journal)) {
        say(`${name}: removed: an earlier run was ended while it wrote this archive`);
    }
    for (const { name, reason } of passedOver) {
        say(`${printable(name)}: left alone: ${reason}`);
    }
    for (const { name, reason } of problems) {
        fail(name, reason);
    }
    const lastTimes = lastArchiveTimes(journal.all());
    const context: RotationContext = {
        settings,
        journal,
        now,
        after,
        lastArchiveTimeOf: (path) => lastTimes.get(path),
    };
    for (const log of logs) {
        try {
            report(log.name, await rotateLog(log, context), summary, say);
        } catch (error) {
            fail(log.name, `not rotated: ${messageOf(error)}`);
        }
    }
    // What is left belongs to logs that were deleted; nobody else will ever complete their archives.
    for (const { identity, entry } of journal.all()) {
        if (!entry?.pending || failed.has(entry.path)) {
            continue;
        }
        try {
            const { archivedUpTo } = namePending(entry, {
                archiveDirectory: settings.archiveDirectory,
                note: (next) => journal.write(identity, next),
            });
            if (archivedUpTo === entry.pending.end) {
                say(`${printable(entry.path)}: completed the archive of a log that is gone`);
            } else {
                fail(entry.path, `the log is gone, and its archive ${printable(entry.pending.finalName)} too`);
            }
        } catch (error) {
            fail(entry.path, `the archive of a log that is gone is not completed: ${messageOf(error)}`);
        }
    }
    const seen = [...logs, ...passedOver].map(({ identity }) => identity?.inode);
    // A log in what could not be looked at may be there still.
    if (problems.length === 0 && !seen.includes(undefined)) {
        journal.forget(new Set(seen), now() - forgottenAfter);
    }
    summary.seconds = Math.round(performance.now() - started) / 1000;
    return summary;
}

function report(
    name: string,
    { archive, space, resumedAt }: RotationOutcome,
    summary: RotationSummary,
    say: (line: string) => void,
): void {
    if (resumedAt !== undefined) {
        say(
            `${printable(name)}: WARNING: the journal does not know it, but its beginning was given back: going on at offset ${resumedAt}; up to ${block} bytes are in two archives`,
        );
    }
    if (archive) {
        summary.files++;
        summary.lines += archive.lines;
        summary.bytesIn += archive.bytesIn;
        summary.bytesOut += archive.bytesOut;
        summary.methods[name] = space.method;
        say(
            `${printable(name)}: ${archive.lines} lines (${archive.bytesIn} bytes) -> ${printable(archive.name)} (${archive.bytesOut} bytes), space: ${space.method}`,
        );
    }
    if (space.method === "kept") {
        summary.spaceNotGivenBack++;
        say(`${printable(name)}: WARNING: archived, but its space is not given back: ${space.reason}`);
    }
}

/** By path below the log root. A log's predecessors count too: their names must not come again. */
function lastArchiveTimes(entries: readonly StoredEntry[]): ReadonlyMap<string, number> {
    const times = new Map<string, number>();
    for (const { entry } of entries) {
        if (entry) {
            const time = entry.pending?.time ?? entry.lastArchiveTime ?? 0;
            times.set(entry.path, Math.max(time, times.get(entry.path) ?? 0));
        }
    }
    return times;
}

/** File names may hold anything, line ends too: a log line must stay one line. */
function printable(name: string): string {
    return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
