// Resident memory of rotation on a very large log of real lines.

import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { LogTree } from "../../test/workloads/log-rotation/log-tree.ts";
import type { RotationSummary } from "../../workloads/log-rotation/summary.ts";
import { writeLog } from "../log-lines.ts";

const mebibyte = 1024 * 1024;
const pieceBytes = 256 * mebibyte;

/** What was measured. */
export interface MemoryResult {
    readonly bytes: number;
    readonly seconds: number;
    /** MiB of the process that rotates, and of the one that waits for it with the lock. */
    readonly peaks: readonly number[];
}

/** Rotates a log of that many bytes. @param program our bundle */
export function measureMemory(program: string, bytes: number): MemoryResult {
    const tree = new LogTree();
    try {
        const log = tree.path("app/application.log");
        writeLog(log, pieceBytes);
        const piece = readFileSync(log);
        for (let written = piece.length; written < bytes; written += piece.length) {
            appendFileSync(log, piece);
        }
        // Not resourceUsage().maxRSS: that begins with the memory of the process that started this one.
        const ownStatus = 'process.getBuiltinModule("node:fs").readFileSync("/proc/self/status", "utf8")';
        const print = `process.on("exit", () => console.error("peak", /VmHWM:\\s+(\\d+)/.exec(${ownStatus})[1]))`;
        const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
            env: {
                PATH: process.env.PATH,
                ...tree.environment(),
                NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(print)}`,
            },
            encoding: "utf8",
        });
        if (status !== 0) {
            throw new Error(`rotation ended with status ${status}: ${stderr}`);
        }
        const { bytesIn, seconds } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RotationSummary;
        const peaks = [...stderr.matchAll(/peak (\d+)/g)].map(([, kibibytes]) => Math.round(Number(kibibytes) / 1024));
        return { bytes: bytesIn, seconds, peaks };
    } finally {
        tree.remove();
    }
}
