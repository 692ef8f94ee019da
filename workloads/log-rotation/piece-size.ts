// How many bytes of a log go into one archive. A backlog becomes several, so that it fits on an archive volume that is
// emptied meanwhile, and so that a run which is ended goes on after the last one.

import { statfsSync } from "node:fs";
import type { RotationSettings } from "./settings.ts";

/** Bytes below which a log is not cut: a volume without room for that needs somebody's help, not smaller archives. */
const leastPiece = 1024 * 1024;

/** Share of the archive volume's room that one archive may take, if it can't be compressed at all. */
const mostOfRoom = 0.8;

/** Bytes of log for the next archive: what the setting says, or less where the archive volume has no room for it. */
export function firstPiece({ maxArchive, archiveDirectory }: RotationSettings): number {
    const { bavail, bsize } = statfsSync(archiveDirectory);
    return Math.max(leastPiece, Math.min(maxArchive, Math.floor(bavail * bsize * mostOfRoom)));
}

/** Bytes to try with after the volume had no room for an archive of so many; undefined: there is no sense in less. */
export function smallerPiece(bytes: number): number | undefined {
    return bytes <= leastPiece ? undefined : Math.max(leastPiece, Math.floor(bytes / 2));
}
