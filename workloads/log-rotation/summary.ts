// Counts of a run.

/** The last line of the program's output. */
export interface RotationSummary {
    /** Logs that were rotated. */
    files: number;
    lines: number;
    bytesIn: number;
    bytesOut: number;
    seconds: number;
    /** Logs that were due, or could not be looked at, and are not rotated. */
    errors: number;
    /** Logs and directories that rotation leaves alone: links, what is no ordinary file, and files with several names. */
    leftAlone: number;
    /** Logs whose archived space could not be given back; nothing is lost. */
    spaceNotGivenBack: number;
    /** Archived bytes whose space is kept until Filebeat has acknowledged them. */
    bytesWaitingForFilebeat: number;
    /** How the space of each rotated log was given back. */
    methods: Record<string, string>;
}

/** The summary of a run that has done nothing. */
export function emptySummary(): RotationSummary {
    return {
        files: 0,
        lines: 0,
        bytesIn: 0,
        bytesOut: 0,
        seconds: 0,
        errors: 0,
        leftAlone: 0,
        spaceNotGivenBack: 0,
        bytesWaitingForFilebeat: 0,
        methods: {},
    };
}
