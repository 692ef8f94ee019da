// One run over the logs of a tree, and the sum of it.

import { availableParallelism } from "node:os";
import { applicationLabel, categoryLogs, takenDirectories } from "../../formats/log-tree.ts";
import { atMost, Slots } from "../at-most.ts";
import { messageOf } from "../error-message.ts";
import { isFromWrongClock } from "./archive-time.ts";
import { ArchivesOnDisk } from "./archives-on-disk.ts";
import { compactFrom } from "./compact-log.ts";
import { AnotherLog } from "./destroy.ts";
import { FilebeatProgress } from "./filebeat-progress.ts";
import { type FoundLog, findLogs, type PassedOver, requireLogRoot } from "./find-logs.ts";
import { Journal } from "./journal.ts";
import { stateOf } from "./journal-entry.ts";
import { largestFirst } from "./largest-first.ts";
import { isLinkedLogDue } from "./linked-log.ts";
import type { LogIdentity } from "./log-identity.ts";
import { bringToRest, type UnfinishedLog } from "./log-states.ts";
import { isOutOfSpace } from "./out-of-space.ts";
import { makeOwnDirectories } from "./own-directories.ts";
import { nothingToGive, type SpaceResult } from "./reclaim-space.ts";
import { reclaimAgain, rotateLog } from "./rotate-log.ts";
import type { RotationContext } from "./rotation-context.ts";
import { RunReport } from "./run-report.ts";
import type { RotationSettings } from "./settings.ts";
import type { RotationSummary } from "./summary.ts";
import { clearUpTemporary } from "./temporary-archives.ts";
import { isNearlyFull } from "./volume-space.ts";

/**
 * Milliseconds for which a log that is gone is remembered, in case it was only moved away: 90 days. Applications with a
 * log a pod make many.
 */
const forgottenAfter = 90 * 24 * 60 * 60 * 1000;

/** Milliseconds between two names of archives. */
const nameUnit = 1_000;

/**
 * Logs that are rotated at once: they mostly wait for the disk, and file systems bring to it together what many wait for.
 * Compression, which takes processor time and memory, is limited apart (`writing`).
 */
const logsAtOnce = 64;

/** What a run may be told beside its settings. */
export interface RunOptions extends Pick<RotationContext, "after"> {
    /** Bytes of apparent size from which a log is compacted; the default of `compact-log.ts` unless a test is small. */
    readonly compactFrom?: number;
    /** Logs that are rotated at once; {@link logsAtOnce} unless a test wants them one after another. */
    readonly atOnce?: number;
    readonly settings: RotationSettings;
    readonly say: (line: string) => void;
    readonly now?: () => number;
}

/**
 * Rotates whatever is due. A log that can't be rotated is counted and the others go on.
 *
 * @throws an error when the tree, the archive directory or the journal can't be used at all
 */
export async function rotateTree(options: RunOptions): Promise<RotationSummary> {
    const { settings, say } = options;
    const report = new RunReport(say);
    requireLogRoot(settings.logRoot);
    makeOwnDirectories(settings);
    const journal = Journal.open(settings, (file, remark) => report.remark(file, remark));
    return new Run(options, journal, report).rotate();
}

/** A log whose archived lines wait for Filebeat. */
interface WaitingLog {
    readonly log: FoundLog;
    readonly space: SpaceResult;
}

/** One run. */
class Run {
    readonly #context: RotationContext;
    readonly #journal: Journal;
    readonly #report: RunReport;
    readonly #atOnce: number;
    readonly #waiting: WaitingLog[] = [];
    /**
     * Time in the name of the last archive of any log that had the path, where it is not past: a log's predecessors count
     * too, because their names must not come again.
     */
    readonly #lastTimes = new Map<string, number>();
    /** Entries that are to be forgotten if their inode is not met. */
    readonly #old = new Map<string, readonly LogIdentity[]>();
    /**
     * Directories of applications that rotation has archived lines of. It goes on with them when nobody tells it of them
     * any more, so that what is written there yet is archived too.
     */
    readonly #formerDirectories = new Set<string>();
    #wrongTimes = 0;

    constructor(
        { settings, now = Date.now, after, compactFrom: from = compactFrom, atOnce = logsAtOnce }: RunOptions,
        journal: Journal,
        report: RunReport,
    ) {
        this.#journal = journal;
        this.#report = report;
        this.#atOnce = atOnce;
        this.#context = {
            settings,
            journal,
            archives: new ArchivesOnDisk(settings.archiveDirectory),
            filebeat: new FilebeatProgress(settings.filebeatRegistry),
            now,
            after,
            compactFrom: from,
            writing: new Slots(availableParallelism()),
            lastArchiveTimeOf: (path) => this.#lastTimes.get(path),
            remark: (name, remark) => report.remark(name, remark),
            archived: (name, archive) => report.archived(name, archive),
            foundWrongTime: () => {
                this.#wrongTimes++;
            },
        };
    }

    async rotate(): Promise<RotationSummary> {
        const { settings, now } = this.#context;
        this.#lookThrough(now());
        await clearUpTemporary(settings.archiveDirectory, this.#journal, (name, reason) =>
            this.#report.remark(name, `removed: ${reason}`),
        );
        const areAllSeen = await this.#rotateLogs();
        await this.#completeArchivesOfGoneLogs();
        await this.#reclaimWhatWaited();
        this.#journal.removeCarried();
        await this.#journal.bringHome();
        // A log in what could not be looked at may be there still.
        if (areAllSeen) {
            for (const identity of [...this.#old.values()].flat()) {
                this.#journal.forget(identity);
            }
        }
        if (this.#wrongTimes > 0) {
            this.#report.remark(
                "clock",
                `WARNING: ${this.#wrongTimes} logs were last rotated when the clock was ahead by a week or more; archives made then have names of that time, and days in S3, and sort after those that are made now`,
            );
        }
        return this.#report.end();
    }

    /** What a run needs to know of all entries together. */
    #lookThrough(now: number): void {
        for (const { identity, entry } of this.#journal.all()) {
            if (!entry) {
                continue;
            }
            const time = entry.pending?.time ?? entry.lastArchiveTime ?? 0;
            if (time > now - nameUnit && !isFromWrongClock(time, now)) {
                this.#lastTimes.set(entry.path, Math.max(time, this.#lastTimes.get(entry.path) ?? 0));
            }
            if (stateOf(entry) === "at-rest" && time < now - forgottenAfter) {
                this.#old.set(identity.inode, [...(this.#old.get(identity.inode) ?? []), identity]);
            }
            const [directory = ""] = entry.path.split("/");
            if (applicationLabel.test(directory) && !takenDirectories.includes(directory)) {
                this.#formerDirectories.add(directory);
            }
        }
    }

    /** Rotates every log that is found; returns whether everything could be looked at. */
    async #rotateLogs(): Promise<boolean> {
        const { settings } = this.#context;
        const places = new Set([
            ...Object.keys(categoryLogs),
            ...settings.applicationDirectories,
            ...this.#formerDirectories,
        ]);
        const find = () => findLogs(settings.logRoot, places);
        const again: FoundLog[] = [];
        let areAllSeen = true;
        // On a full disk, what frees most goes first.
        const findings = isNearlyFull(settings.logRoot) ? largestFirst(find) : find();
        await atMost(this.#atOnce, findings, async (finding) => {
            if (finding.kind === "log") {
                this.#old.delete(finding.log.identity.inode);
                await this.#rotateFound(finding.log, again);
            } else if (finding.kind === "passed-over") {
                this.#passOver(finding);
                areAllSeen &&= finding.identity !== undefined;
                this.#old.delete(finding.identity?.inode ?? "");
            } else {
                this.#report.fail(finding.name, finding.reason);
                areAllSeen = false;
            }
        });
        for (const log of again) {
            await this.#rotateFound(log);
        }
        return areAllSeen;
    }

    /** Leaves it alone; a log that is due all the same is not rotated, and counts as that. */
    #passOver({ name, reason, log }: PassedOver): void {
        this.#report.leftAlone(name, reason);
        try {
            if (log && isLinkedLogDue(log, this.#context)) {
                this.#report.fail(name, `not rotated: it is due, and ${reason}; remove the others`);
            }
        } catch (error) {
            this.#report.fail(name, `left alone, and not to be looked at: ${messageOf(error)}`);
        }
    }

    /**
     * Rotates one log. Where there is a list `again`, it gets one for which the volume had no room, because it may have it
     * when no other archive is under way, and one that became another log, because that is archived from its beginning.
     */
    async #rotateFound(log: FoundLog, again?: FoundLog[]): Promise<void> {
        try {
            const outcome = await rotateLog(log, this.#context);
            const { space } = outcome;
            this.#report.rotated(log.name, outcome);
            if (space === "gone") {
                return;
            }
            if (space.waitingBytes > 0) {
                this.#waiting.push({ log, space });
            } else {
                this.#report.space(log.name, space);
            }
        } catch (error) {
            if (again && error instanceof AnotherLog) {
                this.#report.remark(
                    log.name,
                    `truncated or replaced while it was rotated (${error.message}): once more`,
                );
                again.push(log);
            } else if (again && isOutOfSpace(error)) {
                again.push(log);
            } else {
                this.#report.fail(log.name, `not rotated: ${messageOf(error)}`);
            }
        }
    }

    /** What is unfinished in the end belongs to logs that were deleted; nobody else will ever complete their archives. */
    async #completeArchivesOfGoneLogs(): Promise<void> {
        for (const { identity, entry } of this.#journal.unfinished()) {
            if (!entry || this.#report.hasFailed(entry.path)) {
                continue;
            }
            const gone: UnfinishedLog = { log: undefined, identity, archives: [] };
            try {
                const { pending } = entry;
                const { archivedUpTo } = await bringToRest(gone, entry, this.#context);
                if (!pending || archivedUpTo === pending.end) {
                    this.#report.remark(entry.path, "completed the archive of a log that is gone");
                } else {
                    const lost = JSON.stringify(pending.finalName);
                    this.#report.fail(entry.path, `the log is gone, and its archive ${lost} too`);
                }
            } catch (error) {
                this.#report.fail(
                    entry.path,
                    `the archive of a log that is gone is not completed: ${messageOf(error)}`,
                );
            }
            for (const archive of gone.archives) {
                this.#report.archived(entry.path, archive);
            }
        }
    }

    /**
     * Asks Filebeat's registry once more, which may have caught up, and, while the volume is nearly full, gives up what
     * Filebeat has not acknowledged, the largest first.
     */
    async #reclaimWhatWaited(): Promise<void> {
        const { settings, filebeat } = this.#context;
        filebeat.refresh();
        const left: WaitingLog[] = [];
        for (const each of this.#waiting) {
            left.push(await this.#reclaimAgain(each, false));
        }
        for (const each of left.toSorted((one, other) => other.space.waitingBytes - one.space.waitingBytes)) {
            const isWaiting = each.space.waitingBytes > 0;
            const { log, space } =
                isWaiting && isNearlyFull(settings.logRoot) ? await this.#reclaimAgain(each, true) : each;
            this.#report.space(log.name, space);
        }
    }

    async #reclaimAgain({ log, space: before }: WaitingLog, isFull: boolean): Promise<WaitingLog> {
        try {
            const { space } = await reclaimAgain(log, this.#context, isFull);
            if (space === "gone") {
                return { log, space: nothingToGive };
            }
            return { log, space: space.method === "nothing-to-give" ? { ...space, method: before.method } : space };
        } catch (error) {
            this.#report.fail(log.name, `its space is not given back: ${messageOf(error)}`);
            return { log, space: nothingToGive };
        }
    }
}
