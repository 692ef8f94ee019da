// Gives the disk space of archived lines back, without moving, shortening or replacing the log: a hole takes the place
// of the archived blocks. Writers and readers keep their offsets (fallocate(2), FALLOC_FL_PUNCH_HOLE).

import { spawnSync } from "node:child_process";

/** What is punched begins and ends at a block; 4 KiB is a multiple of every block size that Linux uses on these disks. */
export const block = 4096;

/**
 * The first block stays: Filebeat tells a file by a fingerprint of its first 1,024 bytes
 * (https://www.elastic.co/docs/reference/beats/filebeat/filebeat-input-filestream), and so does the journal.
 */
const kept = block;

/** What came of it. */
export type SpaceResult =
    | { readonly method: "hole" }
    /** Less than a block to give back, or given back before. */
    | { readonly method: "nothing-to-give" }
    /** The blocks stay in use; nothing is lost. */
    | { readonly method: "kept"; readonly reason: string };

/** Whether there are blocks to give back: archived, not kept for good, and not given back before. */
export function hasSpaceToGive(archivedUpTo: number, givenBackUpTo: number): boolean {
    return lastWholeBlock(archivedUpTo) > Math.max(kept, lastWholeBlock(givenBackUpTo));
}

/** Punches a hole over every block before `archivedUpTo`, but for the first. */
export function giveSpaceBack(log: number, archivedUpTo: number): SpaceResult {
    const end = lastWholeBlock(archivedUpTo);
    // Node.js has no call for it. The program gets the open file and not its path, so that a file which took the path
    // meanwhile is never touched.
    const result = spawnSync(
        "fallocate",
        ["--punch-hole", "--offset", String(kept), "--length", String(end - kept), "/proc/self/fd/3"],
        { stdio: ["ignore", "pipe", "pipe", log], encoding: "utf8" },
    );
    if (result.status === 0) {
        return { method: "hole" };
    }
    const reason = result.error?.message ?? (result.stderr.trim() || `fallocate ended with status ${result.status}`);
    return { method: "kept", reason };
}

function lastWholeBlock(offset: number): number {
    return Math.floor(offset / block) * block;
}
