// What log-rotation is told by its environment.

import { isAbsolute, join } from "node:path";
import { archiveDirectory, logRoot as defaultLogRoot, journalDirectory } from "../../formats/log-tree.ts";
import { readApplicationDirectories } from "../application-directories.ts";

/** Settings of log-rotation. */
export interface RotationSettings {
    readonly logRoot: string;
    /** Directories of applications whose logs are rotated, beside those of the six categories. */
    readonly applicationDirectories: readonly string[];
    /** Where archives go. */
    readonly archiveDirectory: string;
    /** Where the journal is; on the file system of the logs. */
    readonly journalDirectory: string;
    /** Directory of Filebeat's registry; undefined: no Filebeat reads these logs, and nothing waits for one. */
    readonly filebeatRegistry: string | undefined;
    /** Milliseconds: a file whose oldest line not yet archived is older is due. */
    readonly maxAge: number;
    /** Milliseconds: a file of which a line has no archive for longer is due; undefined: only the age counts. */
    readonly archiveWithin: number | undefined;
    /** Bytes: a file with this many not yet archived is due; 0: whatever has a whole line. */
    readonly maxSize: number;
    /** Bytes of log, before compression, in one archive at most; a single longer line makes one larger. */
    readonly maxArchive: number;
    readonly isCompressed: boolean;
}

const mebibyte = 1024 * 1024;
const hour = 60 * 60 * 1000;
const day = 24 * hour;

/** The settings, or everything that is wrong with them. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): {
    readonly settings?: RotationSettings;
    readonly problems: readonly string[];
} {
    const problems: string[] = [];
    const path = (name: string, otherwise: string): string => {
        const value = environment[name] || otherwise;
        if (!isAbsolute(value)) {
            problems.push(`${name}=${value}: expected an absolute path, such as ${otherwise}`);
        }
        return value;
    };
    const wholeNumber = (name: string, otherwise: number, least = 0): number => {
        const value = environment[name] || String(otherwise);
        const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
        if (!Number.isSafeInteger(number) || number < least) {
            const from = least > 0 ? ` from ${least}` : "";
            problems.push(`${name}=${value}: expected a whole number${from}, such as ${otherwise}`);
        }
        return number;
    };
    const truth = (name: string, otherwise: boolean): boolean => {
        const value = environment[name] || String(otherwise);
        if (value !== "true" && value !== "false") {
            problems.push(`${name}=${value}: expected true or false`);
        }
        return value === "true";
    };
    const logRoot = path("LOG_ROOT", defaultLogRoot);
    const { applicationDirectories, problems: wrongDirectories } = readApplicationDirectories(environment);
    problems.push(...wrongDirectories);
    const settings: RotationSettings = {
        logRoot,
        applicationDirectories,
        archiveDirectory: path("ARCHIVE_DIR", join(logRoot, archiveDirectory)),
        journalDirectory: path("JOURNAL_DIR", join(logRoot, journalDirectory)),
        filebeatRegistry: environment.FILEBEAT_REGISTRY
            ? path("FILEBEAT_REGISTRY", "/usr/share/filebeat/data/registry/filebeat")
            : undefined,
        maxAge: wholeNumber("MAX_AGE_DAYS", 7) * day,
        archiveWithin: wholeNumber("ARCHIVE_WITHIN_HOURS", 0) * hour || undefined,
        maxSize: wholeNumber("MAX_SIZE_MB", 100) * mebibyte,
        maxArchive: wholeNumber("MAX_ARCHIVE_MB", 256, 1) * mebibyte,
        isCompressed: truth("COMPRESSION_ENABLED", true),
    };
    return problems.length > 0 ? { problems } : { settings, problems };
}
