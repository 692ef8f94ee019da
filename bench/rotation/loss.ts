// Lines that are lost beside fast writers: ours, and logrotate's copytruncate, which rotates files that nobody reopens too.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../lab/tools/run.ts";
import {
    checkLines,
    type LineCheck,
    LiveLoad,
    type Piece,
    sumOfChecks,
} from "../../test/workloads/log-rotation/live-load.ts";
import { LogTree } from "../../test/workloads/log-rotation/log-tree.ts";

/** A way to rotate the logs of a tree. */
export interface Rotator {
    readonly name: string;
    /** One run. */
    readonly rotate: (tree: LogTree) => Promise<void>;
    /** What is left of the log, in the order of its lines. */
    readonly pieces: (tree: LogTree, log: string) => readonly Piece[];
}

/** What came of it. */
export interface LossResult extends LineCheck {
    readonly name: string;
    readonly rotations: number;
}

const logs = ["app/application.log", "chat/chat.log"];
const writers = 2;
/** Bytes on disk of a log at which its writers wait, the same for both: neither has to race against them for ever. */
const mostBytes = 32 * 1024 * 1024;

/** Rotates as often as told beside fast writers, and counts what is left. */
export async function measureLoss(rotator: Rotator, rotations: number): Promise<LossResult> {
    const tree = new LogTree();
    let load: LiveLoad | undefined;
    try {
        for (const log of logs) {
            tree.append(log, "");
        }
        load = await LiveLoad.start(
            Array.from({ length: writers }, (_, writer) => ({
                writer,
                logs: logs.map((log) => tree.path(log)),
                atLeast: 100_000,
                batch: 1 + writer,
                mostBytes,
            })),
        );
        for (let count = 0; count < rotations; count++) {
            await rotator.rotate(tree);
        }
        const reports = await load.end();
        const checks = await Promise.all(
            logs.map((log, index) =>
                checkLines(
                    rotator.pieces(tree, log),
                    reports.map(({ lines }) => lines[index] ?? 0),
                ),
            ),
        );
        return { name: rotator.name, rotations, ...sumOfChecks(checks) };
    } finally {
        load?.kill();
        tree.remove();
    }
}

/** Ours. @param program the bundle */
export function ours(program: string): Rotator {
    return {
        name: "log-rotation",
        rotate: async (tree) => {
            await run(process.execPath, [program], { env: { PATH: process.env.PATH ?? "", ...tree.environment() } });
        },
        pieces: (tree, log) => {
            const prefix = `${log.replace("/", "_").replace(/\.log$/, "")}_`;
            const archives = readdirSync(tree.path("archive")).filter((name) => name.startsWith(prefix));
            return [
                ...archives.toSorted().map((name) => ({ path: tree.path(`archive/${name}`) })),
                { path: tree.path(log), start: tree.archivedUpTo(log) },
            ];
        },
    };
}

/** logrotate's own way for programs that keep their logs open (logrotate(8), copytruncate). */
export const logrotate: Rotator = {
    name: "logrotate copytruncate",
    rotate: async (tree) => {
        const configuration = tree.path("logrotate.conf");
        if (!existsSync(configuration)) {
            const files = logs.map((log) => `"${tree.path(log)}"`).join(" ");
            writeFileSync(configuration, `${files} {\n    copytruncate\n    rotate 100000\n    compress\n}\n`, {
                mode: 0o644,
            });
        }
        await run("logrotate", ["--force", "--state", tree.path("logrotate.state"), configuration]);
    },
    pieces: (tree, log) => {
        const file = log.split("/")[1] ?? "";
        const folder = join(tree.root, log.split("/")[0] ?? "");
        const number = (name: string) => Number(/\.(\d+)\.gz$/.exec(name)?.[1]);
        // The higher its number, the older.
        const rotated = readdirSync(folder)
            .filter((name) => name.startsWith(`${file}.`) && name.endsWith(".gz"))
            .toSorted((one, other) => number(other) - number(one));
        return [...rotated, file].map((name) => ({ path: join(folder, name) }));
    },
};
