// A log with several names (hard links). Rotation leaves it alone: another name of it may be outside the tree, and space
// that is given back would be taken from a file that nobody meant. But lines of it that are due are not rotated then, which
// a run has to say.

import { closeSync } from "node:fs";
import type { FoundLog } from "./find-logs.ts";
import { endOfArchives } from "./journal-entry.ts";
import { identityOf } from "./log-identity.ts";
import { openLinkedLog } from "./open-log.ts";
import type { RotationContext } from "./rotation-context.ts";
import { whyAnotherLog } from "./same-log.ts";
import { unarchivedLines } from "./unarchived-lines.ts";

/**
 * Whether it would be rotated if it had one name. One that is gone would not.
 *
 * @throws the file system's error
 */
export function isLinkedLogDue(
    found: FoundLog,
    context: Pick<RotationContext, "settings" | "now" | "journal">,
): boolean {
    const open = openLinkedLog(found);
    if (!open) {
        return false;
    }
    try {
        const [known] = context.journal
            .ofInode(identityOf(open.stats))
            .flatMap(({ entry }) => (entry && whyAnotherLog(open.descriptor, entry) === undefined ? [entry] : []))
            .toSorted((one, other) => endOfArchives(other) - endOfArchives(one));
        const start = known ? endOfArchives(known) : 0;
        return unarchivedLines(open, start, known?.lastArchiveTime, context).areDue;
    } finally {
        closeSync(open.descriptor);
    }
}
