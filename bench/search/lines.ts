// The log files that benches ship: one in each category's directory.

import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { logCategories } from "../../formats/log-categories.ts";
import { type WrittenLines, writeLog } from "../log-lines.ts";

/** Names of a log file that Filebeat does not look at, and of one that it does. */
const [hidden, shown] = ["bench.written", "bench.log"];

/** Makes the directories that Filebeat looks at. */
export function makeLogTree(root: string): void {
    for (const { directory } of logCategories) {
        mkdirSync(join(root, directory), { recursive: true });
    }
}

/** Writes files of about `bytes` in all, evenly over the categories, under a name that Filebeat does not look at. */
export function writeLines(root: string, bytes: number): WrittenLines {
    const written = logCategories.map(({ directory }, index) =>
        writeLog(join(root, directory, hidden), bytes / logCategories.length, index + 1),
    );
    return {
        count: written.reduce((sum, { count }) => sum + count, 0),
        bytes: written.reduce((sum, file) => sum + file.bytes, 0),
    };
}

/** Gives the files the name that Filebeat looks for. */
export function showLines(root: string): void {
    renameAll(root, hidden, shown);
}

/** Takes it back, for the next round. */
export function hideLines(root: string): void {
    renameAll(root, shown, hidden);
}

function renameAll(root: string, from: string, to: string): void {
    for (const { directory } of logCategories) {
        renameSync(join(root, directory, from), join(root, directory, to));
    }
}
