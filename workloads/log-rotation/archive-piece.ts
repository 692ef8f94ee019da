// What passes between a log and its archive.

/** The range of a log that goes into an archive. */
export interface LogRange {
    /** Open file. */
    readonly log: number;
    readonly start: number;
    /** Offset after the last byte; greater than `start`. */
    readonly end: number;
}

/** Bytes of an archive that stand for consecutive bytes of a log. */
export interface ArchivePiece {
    /** To be written before the next piece is asked for. */
    readonly output: readonly Buffer[];
    /** Line ends among the log's bytes. */
    readonly lines: number;
    /** Number of the log's bytes; fewer than were asked for when the log has become shorter. */
    readonly bytesIn: number;
}
