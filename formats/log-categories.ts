// The categories of log lines: which directory of the log tree holds which, and what they are called.

import { categoryLogs } from "./log-tree.ts";

/** A category of log lines. */
export interface LogCategory {
    /** Name of the category, as fields, data streams and data views carry it. */
    readonly name: string;
    /** Directory below the root of the log tree; every `*.log` in it belongs to the category. */
    readonly directory: string;
    /**
     * What a line is: a JSON object whose fields can be searched, or a text. A line that is no JSON is a text either way.
     */
    readonly format: "json" | "text";
    /**
     * Regular expression in Go's syntax: a line that matches begins an event, and those after it that do not match belong
     * to it. Undefined: each line is an event, but for the trace below a Java exception.
     */
    readonly multilineStart?: string;
    /** Encoding of its logs by a name of the WHATWG, such as `utf-16le`; undefined: UTF-8. */
    readonly encoding?: string;
    /** Zone of the times in lines that name none, as IANA names it, such as `Europe/Berlin`; undefined: UTC. */
    readonly timeZone?: string;
    /** Pattern of java.time for the time at the beginning of lines of text; undefined: one of the common ones. */
    readonly timeFormat?: string;
    /** Days for which the lines can be searched; undefined: as long as those of the stack. */
    readonly retentionDays?: number;
}

/** Categories whose name is not that of their directory. */
const otherNames: Readonly<Record<string, string>> = { app: "application", auth: "authentication" };

/** The categories that every stack has, in the order of the directories. */
export const logCategories: readonly LogCategory[] = Object.keys(categoryLogs).map((directory) => ({
    name: otherNames[directory] ?? directory,
    directory,
    format: "json",
}));

/** Category by the log tree's directory, the first part of an archive's name: those that every stack has. */
export const categories: ReadonlyMap<string, string> = new Map(
    logCategories.map(({ directory, name }) => [directory, name]),
);

/**
 * Category of archives from a directory that nobody names a category for, such as one of an application that is gone, and
 * of refused lines that do not tell whose they are.
 */
export const unknownCategory = "unknown";

/**
 * What the lines of an archive are about; the `category` of the search indices.
 *
 * @param directory first part of the archive's name
 * @param applications categories of applications by their directories
 */
export function categoryOf(directory: string, applications?: ReadonlyMap<string, string>): string {
    return categories.get(directory) ?? applications?.get(directory) ?? unknownCategory;
}
