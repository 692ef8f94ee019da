// How long rotation takes for many small logs that are all due: mostly waiting for the disk.

import { spawnSync } from "node:child_process";
import { LogTree, lines } from "../../test/workloads/log-rotation/log-tree.ts";
import type { RotationSummary } from "../../workloads/log-rotation/summary.ts";
import { median } from "../median.ts";

/** Lines of each log. */
const linesOfLog = 20;

/**
 * Seconds for logs that were never rotated, by the run's own count; the median of the rounds.
 *
 * @param program our bundle
 */
export function measureMany(program: string, logs: number, rounds: number): number {
    const seconds = Array.from({ length: rounds }, () => {
        const tree = new LogTree();
        try {
            for (let pod = 0; pod < logs; pod++) {
                tree.append(`app/pod-${pod}.log`, lines(linesOfLog, pod));
            }
            const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
                env: { PATH: process.env.PATH, ...tree.environment() },
                encoding: "utf8",
                maxBuffer: 1024 ** 3,
            });
            const summary = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RotationSummary;
            if (status !== 0 || summary.files !== logs) {
                throw new Error(`rotation ended with status ${status} and ${summary.files} logs: ${stderr}`);
            }
            return summary.seconds;
        } finally {
            tree.remove();
        }
    });
    return median(seconds);
}
