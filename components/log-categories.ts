// Which directory of the log tree holds which category: the one place that says so, for shipping and for search.

import { categoryLogs } from "../workloads/log-tree.ts";

/** A category of log lines. */
export interface LogCategory {
    /** Name of the category, as fields, data streams and data views carry it. */
    readonly name: string;
    /** Directory below the root of the log tree; every `*.log` in it belongs to the category. */
    readonly directory: string;
}

/** Categories whose name is not that of their directory. */
const otherNames: Readonly<Record<string, string>> = { app: "application", auth: "authentication" };

/** Every category, in the order of the directories. */
export const logCategories: readonly LogCategory[] = Object.keys(categoryLogs).map((directory) => ({
    name: otherNames[directory] ?? directory,
    directory,
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
