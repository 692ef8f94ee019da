// Which directory of the log tree holds which category: the one place that says so, for shipping and for search.

import { categoryLogs } from "../workloads/log-tree.ts";

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

/** The data stream that takes a category's lines in a stack. */
export function dataStreamOf(category: string, stack: string): string {
    return `chattingo-${category}-${stack}`;
}

/** Every data stream of the system, as a pattern. */
export const anyDataStream = "chattingo-*";

/** Every data stream of a stack, as a pattern. */
export function anyDataStreamOf(stack: string): string {
    return dataStreamOf("*", stack);
}
