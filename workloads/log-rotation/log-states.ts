// What an earlier run left of a log, and what finishes it: the one table of a log's states.
//
// Whatever takes more than one step is noted in the log's journal entry before it begins. The same function does what was
// noted, in the run that noted it and in the one that finds it; it returns the entry as it is then, which is closer to rest.
//
// | State        | Noted before                       | A run that finds it                            | then       |
// |--------------|------------------------------------|------------------------------------------------|------------|
// | `naming`     | a complete archive gets its name   | names it, unless its name is there already     | `at-rest`, `carried` when it was of carried lines and is gone |
// | `truncating` | the log is copied and truncated    | looks whether it was truncated                 | `carried`, `at-rest` |
// | `carried`    | the copied lines are in no archive | archives them, by way of `naming`              | `at-rest`  |
// | `compacting` | a part of the hole is cut out      | looks whether it was cut out                   | `at-rest`  |
// | `at-rest`    | nothing                            | goes on from `archivedUpTo`                    |            |

import type { FinishedArchive } from "./archive-lines.ts";
import { finishCompaction } from "./compact-log.ts";
import { type JournalEntry, type LogState, stateOf } from "./journal-entry.ts";
import type { LogIdentity } from "./log-identity.ts";
import { namePending } from "./name-archive.ts";
import { finishTruncation, type TruncationContext } from "./truncate-log.ts";

/** A log of which something is to be finished. */
export interface UnfinishedLog {
    /** The open log; undefined when it is gone. */
    readonly log: number | undefined;
    readonly identity: LogIdentity;
    /** Archives that were made, in the order of their lines. */
    readonly archives: FinishedArchive[];
}

type Finish = (log: UnfinishedLog, entry: JournalEntry, context: TruncationContext) => Promise<JournalEntry>;

/** What finishes each state. */
const finishOf: Readonly<Record<Exclude<LogState, "at-rest">, Finish>> = {
    naming: ({ identity }, entry, { settings, journal, after }) =>
        namePending(entry, {
            archiveDirectory: settings.archiveDirectory,
            note: (next) => journal.write(identity, next),
            isFound: true,
            after,
        }),
    truncating: finishCarried,
    carried: finishCarried,
    compacting: async ({ log, identity }, entry, { journal }) => {
        const { compacting: _, ...known } = entry;
        return log === undefined ? known : finishCompaction(log, entry, (next) => journal.write(identity, next));
    },
};

async function finishCarried(
    { log, identity, archives }: UnfinishedLog,
    entry: JournalEntry,
    context: TruncationContext,
): Promise<JournalEntry> {
    const done = await finishTruncation(log, identity, entry, context);
    archives.push(...(done.archive ? [done.archive] : []));
    return done.entry;
}

/**
 * Brings a log to rest, whatever an earlier run left of it.
 *
 * @throws the file system's error; nothing is lost then, and the next run tries again
 */
export async function bringToRest(
    log: UnfinishedLog,
    entry: JournalEntry,
    context: TruncationContext,
): Promise<JournalEntry> {
    let known = entry;
    for (let state = stateOf(known); state !== "at-rest"; state = stateOf(known)) {
        known = await finishOf[state](log, known, context);
    }
    return known;
}
