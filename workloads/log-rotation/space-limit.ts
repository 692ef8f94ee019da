// How much of a log's archived space may be given back, as far as Filebeat is concerned.

import type { Acknowledgement } from "./filebeat-progress.ts";

/** That archived lines of a log wait for Filebeat. */
export interface Waiting {
    /** Since when nothing new of the log was acknowledged, milliseconds since 1970. */
    readonly since: number;
    /** What is acknowledged, an offset in the log. */
    readonly acknowledged: number;
}

/** What decides. */
export interface SpaceQuestion {
    readonly archivedUpTo: number;
    /** Apparent size of the log, bytes. */
    readonly size: number;
    readonly acknowledgement: Acknowledgement;
    /** As the last run noted it. */
    readonly waiting: Waiting | undefined;
    readonly now: number;
    /** Whether the file system of the logs is nearly full, and what can be had without Filebeat is not enough. */
    readonly isNearlyFull: boolean;
}

/** What may be given back. */
export interface SpaceLimit {
    /** Everything before this offset. */
    readonly upTo: number;
    /** To note for the next run; undefined: nothing waits. */
    readonly waiting: Waiting | undefined;
    /** Why Filebeat is not waited for although it has not acknowledged everything. */
    readonly notAwaitedBecause?: "filebeat-gone" | "nearly-full";
}

/**
 * Milliseconds without any progress in a log after which Filebeat counts as gone, or as never to come: 7 days. A search
 * that is down for a weekend and longer is waited for; a node without Filebeat doesn't fill its disk.
 */
export const goneAfter = 7 * 24 * 60 * 60 * 1000;

/** Decides. */
export function spaceLimit(question: SpaceQuestion): SpaceLimit {
    const { archivedUpTo, size, acknowledgement, now } = question;
    if (acknowledgement.state === "not-awaited") {
        return { upTo: archivedUpTo, waiting: undefined };
    }
    const reported = acknowledgement.state === "known" ? acknowledgement.upTo : 0;
    // More than there is: Filebeat has not noticed yet that the log became shorter.
    const acknowledged = reported > size ? 0 : reported;
    if (acknowledged >= archivedUpTo) {
        return { upTo: archivedUpTo, waiting: undefined };
    }
    const waiting = question.waiting?.acknowledged === acknowledged ? question.waiting : { since: now, acknowledged };
    if (question.isNearlyFull) {
        return { upTo: archivedUpTo, waiting, notAwaitedBecause: "nearly-full" };
    }
    // What can't be read is no sign that Filebeat is gone.
    if (acknowledgement.state !== "unreadable" && now - waiting.since > goneAfter) {
        return { upTo: archivedUpTo, waiting, notAwaitedBecause: "filebeat-gone" };
    }
    return { upTo: acknowledged, waiting };
}
