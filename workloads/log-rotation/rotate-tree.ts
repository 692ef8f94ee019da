// One run: every log of the tree, as many at once as there are processors, and the sum of it.

import { availableParallelism } from "node:os";
import { atMost } from "../at-most.ts";
import { messageOf } from "../error-message.ts";
import { applicationLabel, categoryLogs, takenDirectories } from "../log-tree.ts";
import { compactFrom } from "./compact-log.ts";
import { FilebeatProgress } from "./filebeat-progress.ts";
import { type FoundLog, findLogs, requireLogRoot } from "./find-logs.ts";
import { Journal } from "./journal.ts";
import { isFinished } from "./journal-entry.ts";
import type { LogIdentity } from "./log-identity.ts";
import { namePending } from "./name-archive.ts";
import { makeOwnDirectories } from "./own-directories.ts";
import { nothingToGive, type SpaceResult } from "./reclaim-space.ts";
import { type RotationContext, reclaimAgain, rotateLog } from "./rotate-log.ts";
import { RunReport } from "./run-report.ts";
import type { RotationSettings } from "./settings.ts";
import type { RotationSummary } from "./summary.ts";
import { removeAbandoned } from "./temporary-archives.ts";
import { finishTruncation } from "./truncate-log.ts";
import { isNearlyFull } from "./volume-space.ts";

/**
 * Milliseconds for which a log that is gone is remembered, in case it was only moved away: 90 days. Applications with a
 * log a pod make many.
 */
const forgottenAfter = 90 * 24 * 60 * 60 * 1000;

/** Milliseconds between two names of archives. */
const nameUnit = 1_000;

/** What a run may be told beside its settings. */
export interface RunOptions extends Pick<RotationContext, "after"> {
    /** Bytes of apparent size from which a log is compacted; the default of `compact-log.ts` unless a test is small. */
    readonly compactFrom?: number;
    /** Logs that are rotated at once; as many as there are processors unless a test wants them one after another. */
    readonly atOnce?: number;
    readonly settings: RotationSettings;
    readonly say: (line: string) => void;
    readonly now?: () => number;
}

/** A log and what became of its space so far. */
interface LogAndSpace {
    readonly log: FoundLog;
    readonly space: SpaceResult;
}

/**
 * Rotates whatever is due. A log that can't be rotated is counted and the others go on.
 *
 * @throws an error when the tree, the archive directory or the journal can't be used at all
 */
export async function rotateTree(options: RunOptions): Promise<RotationSummary> {
    const { settings, say, now = Date.now, after } = options;
    const report = new RunReport(say);
    requireLogRoot(settings.logRoot);
    makeOwnDirectories(settings);
    const journal = new Journal(settings.journalDirectory);
    const { lastTimes, old, directories } = lookThrough(journal, now());
    for (const name of removeAbandoned(settings.archiveDirectory, journal)) {
        report.remark(name, "removed: an earlier run was ended while it wrote this archive");
    }
    const context: RotationContext = {
        settings,
        journal,
        filebeat: new FilebeatProgress(settings.filebeatRegistry),
        now,
        after,
        compactFrom: options.compactFrom ?? compactFrom,
        lastArchiveTimeOf: (path) => lastTimes.get(path),
    };
    const waiting: LogAndSpace[] = [];
    const crowdedOut: FoundLog[] = [];
    let isAllSeen = true;
    const places = new Set([...Object.keys(categoryLogs), ...settings.applicationDirectories, ...directories]);
    // Compression runs in threads of its own, so each processor can have a log.
    const atOnce = options.atOnce ?? availableParallelism();
    await atMost(atOnce, findLogs(settings.logRoot, places), async (finding) => {
        if (finding.kind === "log") {
            old.delete(finding.log.identity.inode);
            await rotateFound(finding.log, context, report, waiting, crowdedOut);
        } else if (finding.kind === "passed-over") {
            report.remark(finding.name, `left alone: ${finding.reason}`);
            isAllSeen &&= finding.identity !== undefined;
            old.delete(finding.identity?.inode ?? "");
        } else {
            report.fail(finding.name, finding.reason);
            isAllSeen = false;
        }
    });
    // Beside one archive that the volume can't hold, there was no room for others either; alone they may have it.
    for (const log of crowdedOut) {
        await rotateFound(log, context, report, waiting);
    }
    await completeArchivesOfGoneLogs(context, report);
    await reclaimWhatWaited(waiting, context, report);
    journal.removeCarried();
    // A log in what could not be looked at may be there still.
    if (isAllSeen) {
        for (const identity of [...old.values()].flat()) {
            journal.forget(identity);
        }
    }
    return report.end();
}

/** Rotates one log; one for which the volume had no room goes to `crowdedOut`, where there is such a list. */
async function rotateFound(
    log: FoundLog,
    context: RotationContext,
    report: RunReport,
    waiting: LogAndSpace[],
    crowdedOut?: FoundLog[],
): Promise<void> {
    try {
        const outcome = await rotateLog(log, context);
        report.rotated(log.name, outcome);
        if (outcome.space.waitingBytes > 0) {
            waiting.push({ log, space: outcome.space });
        } else {
            report.space(log.name, outcome.space);
        }
    } catch (error) {
        if (crowdedOut && (error as NodeJS.ErrnoException).code === "ENOSPC") {
            crowdedOut.push(log);
        } else {
            report.fail(log.name, `not rotated: ${messageOf(error)}`);
        }
    }
}

/** What a run needs to know of all entries together. */
interface EntriesAtStart {
    /**
     * Time in the name of the last archive of any log that had the path, where it is not past: a log's predecessors count
     * too, because their names must not come again.
     */
    readonly lastTimes: ReadonlyMap<string, number>;
    /** Entries that are to be forgotten if their inode is not met. */
    readonly old: Map<string, readonly LogIdentity[]>;
    /**
     * Directories of applications that rotation has archived lines of. It goes on with them when nobody tells it of them
     * any more, so that what is written there yet is archived too.
     */
    readonly directories: ReadonlySet<string>;
}

function lookThrough(journal: Journal, now: number): EntriesAtStart {
    const lastTimes = new Map<string, number>();
    const old = new Map<string, readonly LogIdentity[]>();
    const directories = new Set<string>();
    for (const { identity, entry } of journal.all()) {
        const time = entry?.pending?.time ?? entry?.lastArchiveTime ?? 0;
        if (entry && time > now - nameUnit) {
            lastTimes.set(entry.path, Math.max(time, lastTimes.get(entry.path) ?? 0));
        }
        if (entry && isFinished(entry) && time < now - forgottenAfter) {
            old.set(identity.inode, [...(old.get(identity.inode) ?? []), identity]);
        }
        const [directory = ""] = entry?.path.split("/") ?? [];
        if (applicationLabel.test(directory) && !takenDirectories.includes(directory)) {
            directories.add(directory);
        }
    }
    return { lastTimes, old, directories };
}

/** What is unfinished in the end belongs to logs that were deleted; nobody else will ever complete their archives. */
async function completeArchivesOfGoneLogs(context: RotationContext, report: RunReport): Promise<void> {
    const { journal, settings } = context;
    for (const { identity, entry } of journal.unfinished()) {
        if (!entry || report.hasFailed(entry.path)) {
            continue;
        }
        try {
            const { pending } = entry;
            const named = namePending(entry, {
                archiveDirectory: settings.archiveDirectory,
                note: (next) => journal.write(identity, next),
            });
            const { archive } = await finishTruncation(undefined, identity, named, context);
            report.archived(entry.path, archive ? [archive] : []);
            if (!pending || named.archivedUpTo === pending.end) {
                report.remark(entry.path, "completed the archive of a log that is gone");
            } else {
                const lost = JSON.stringify(pending.finalName);
                report.fail(entry.path, `the log is gone, and its archive ${lost} too`);
            }
        } catch (error) {
            report.fail(entry.path, `the archive of a log that is gone is not completed: ${messageOf(error)}`);
        }
    }
}

/**
 * Asks Filebeat's registry once more, which may have caught up, and, while the volume is nearly full, gives up what
 * Filebeat has not acknowledged, the largest first.
 */
async function reclaimWhatWaited(
    waiting: readonly LogAndSpace[],
    context: RotationContext,
    report: RunReport,
): Promise<void> {
    context.filebeat.refresh();
    const again = async ({ log, space: before }: LogAndSpace, isFull: boolean): Promise<LogAndSpace> => {
        try {
            const { archives, space } = await reclaimAgain(log, context, isFull);
            report.archived(log.name, archives);
            return { log, space: space.method === "nothing-to-give" ? { ...space, method: before.method } : space };
        } catch (error) {
            report.fail(log.name, `its space is not given back: ${messageOf(error)}`);
            return { log, space: nothingToGive };
        }
    };
    const left: LogAndSpace[] = [];
    for (const each of waiting) {
        left.push(await again(each, false));
    }
    for (const each of left.toSorted((one, other) => other.space.waitingBytes - one.space.waitingBytes)) {
        const isWaiting = each.space.waitingBytes > 0;
        const { log, space } = isWaiting && isNearlyFull(context.settings.logRoot) ? await again(each, true) : each;
        report.space(log.name, space);
    }
}
