// What a run's work on one log needs to know of the run.

import type { ArchiveContext, FinishedArchive } from "./archive-lines.ts";
import type { ArchivesOnDisk } from "./archives-on-disk.ts";
import type { FilebeatProgress } from "./filebeat-progress.ts";
import type { SpaceStep } from "./reclaim-space.ts";
import type { TruncationStep } from "./truncate-log.ts";

/** Steps after which a test may end the program, to see that the next run goes on. */
export type RotationStep = ArchiveContextStep | SpaceStep | TruncationStep;

type ArchiveContextStep = Parameters<NonNullable<ArchiveContext["after"]>>[0];

/** What rotation works with. */
export interface RotationContext extends Omit<ArchiveContext, "after"> {
    readonly archives: ArchivesOnDisk;
    readonly filebeat: FilebeatProgress;
    /** Bytes of apparent size from which a log is compacted. */
    readonly compactFrom: number;
    /** Says something of a log. */
    readonly remark: (name: string, remark: string) => void;
    /** Counts an archive of a log that was made. */
    readonly archived: (name: string, archive: FinishedArchive) => void;
    /** Counts a log whose last archive was named by a clock that was ahead. */
    readonly foundWrongTime: () => void;
    /** Called after each step. */
    readonly after?: ((step: RotationStep) => void) | undefined;
}
