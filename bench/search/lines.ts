// The log files that benches ship: one in each category's directory.

import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { logCategories } from "../../components/log-categories.ts";
import { writeLog } from "../log-lines.ts";

/** Log files that are there and that nobody ships yet. */
export interface WrittenLines {
    /** Number of lines in all of them. */
    readonly count: number;
    /** Size of all of them. */
    readonly bytes: number;
}

/** Makes the directories that Filebeat looks at. */
export function makeLogTree(root: string): void {
    for (const { directory } of logCategories) {
        mkdirSync(join(root, directory), { recursive: true });
    }
}

/** Writes files of about `bytes` in all, evenly over the categories, under a name that Filebeat does not look at. */
export function writeLines(root: string, bytes: number): WrittenLines {
    const files = logCategories.map(({ directory }, index) => {
        const file = join(root, directory, "bench.written");
        writeLog(file, bytes / logCategories.length, index + 1);
        return readFileSync(file);
    });
    const count = files.reduce((sum, content) => sum + content.reduce((n, byte) => n + (byte === 0x0a ? 1 : 0), 0), 0);
    return { count, bytes: files.reduce((sum, content) => sum + content.length, 0) };
}

/** Gives the files the name that Filebeat looks for. */
export function showLines(root: string): void {
    for (const { directory } of logCategories) {
        renameSync(join(root, directory, "bench.written"), join(root, directory, "bench.log"));
    }
}

/** Takes it back, for the next round. */
export function hideLines(root: string): void {
    for (const { directory } of logCategories) {
        renameSync(join(root, directory, "bench.log"), join(root, directory, "bench.written"));
    }
}
