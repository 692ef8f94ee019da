// One run: every log of the tree, one after another, and the sum of it.

import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findLogs } from "./find-logs.ts";
import { Journal, type JournalEntry } from "./journal.ts";
import { type RotationContext, rotateLog } from "./rotate-log.ts";
import type { RotationSettings } from "./settings.ts";

/** Counts of a run; the last line of the program's output. */
export interface RotationSummary {
    /** Logs that were rotated. */
    files: number;
    lines: number;
    bytesIn: number;
    bytesOut: number;
    seconds: number;
    /** Logs that were due, or could not be looked at, and are not rotated. */
    errors: number;
    /** Logs whose archived space could not be given back; nothing is lost. */
    spaceNotGivenBack: number;
    /** How the space of each rotated log was given back. */
    methods: Record<string, string>;
}

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
    const started = Date.now();
    const { logs, passedOver, problems } = findLogs(settings.logRoot);
    mkdirSync(settings.archiveDirectory, { recursive: true, mode: 0o2770 });
    const journal = new Journal(settings.journalDirectory);
    removeAbandoned(settings, say);
    const summary: RotationSummary = {
        files: 0,
        lines: 0,
        bytesIn: 0,
        bytesOut: 0,
        seconds: 0,
        errors: problems.length,
        spaceNotGivenBack: 0,
        methods: {},
    };
    for (const { name, reason } of passedOver) {
        say(`${printable(name)}: left alone: ${reason}`);
    }
    for (const { name, reason } of problems) {
        say(`${printable(name)}: ERROR: ${reason}`);
    }
    for (const log of logs) {
        try {
            const outcome = await rotateLog(log, { settings, journal, now, after });
            if (outcome.is === "rotated") {
                const { written, archive, space } = outcome;
                summary.files++;
                summary.lines += written.lines;
                summary.bytesIn += written.bytesIn;
                summary.bytesOut += written.bytesOut;
                summary.methods[log.name] = space.method;
                say(
                    `${printable(log.name)}: ${written.lines} lines (${written.bytesIn} bytes) -> ${printable(archive)} (${written.bytesOut} bytes), space: ${space.method}`,
                );
            }
            if (outcome.space?.method === "kept") {
                summary.spaceNotGivenBack++;
                say(
                    `${printable(log.name)}: WARNING: archived, but its space is not given back: ${outcome.space.reason}`,
                );
            }
        } catch (error) {
            summary.errors++;
            say(
                `${printable(log.name)}: ERROR: not rotated: ${error instanceof Error ? error.message : String(error)}`,
            );
        }
    }
    summary.seconds = (Date.now() - started) / 1000;
    return summary;
}

/** File names may hold anything, line ends too: a log line must stay one line. */
function printable(name: string): string {
    return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}

/** Removes temporary archives that no journal entry knows: their writer was killed before they were complete. */
function removeAbandoned(settings: RotationSettings, say: (line: string) => void): void {
    const known = new Set(pendingNames(settings.journalDirectory));
    const temporary = readdirSync(settings.archiveDirectory).filter((name) => name.endsWith(".partial"));
    for (const name of temporary.filter((candidate) => candidate.startsWith(".") && !known.has(candidate))) {
        rmSync(join(settings.archiveDirectory, name));
        say(`${printable(name)}: removed: an earlier run was ended while it wrote it`);
    }
}

function pendingNames(journalDirectory: string): readonly string[] {
    return readdirSync(journalDirectory)
        .filter((name) => name.endsWith(".json"))
        .flatMap((name) => {
            try {
                const entry = JSON.parse(readFileSync(join(journalDirectory, name), "utf8")) as JournalEntry;
                return entry.pending ? [entry.pending.temporaryName] : [];
            } catch {
                // An entry that can't be read is reported when its log's turn comes.
                return [];
            }
        });
}
