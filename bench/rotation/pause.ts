// How long a writer is held up while holes are punched into the log that it writes.

import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LiveLoad } from "../../test/workloads/log-rotation/live-load.ts";
import type { WriterReport } from "../../test/workloads/log-rotation/live-writer.ts";
import { LogTree } from "../../test/workloads/log-rotation/log-tree.ts";
import { punchHole } from "../../workloads/log-rotation/destroy.ts";
import { headOfLog } from "../../workloads/log-rotation/log-identity.ts";
import { writeLog } from "../log-lines.ts";

const mebibyte = 1024 * 1024;
/** Size of each hole: as much as a log has when it is rotated by default. */
const holeBytes = 100 * mebibyte;

/** Microseconds of a write, with and without holes being punched meanwhile. */
export interface PauseResult {
    readonly undisturbed: WriterReport["pause"];
    readonly whilePunching: WriterReport["pause"];
    readonly holes: number;
}

/** Lets a writer write 5,000 times a second, and punches a hole every half second. */
export async function measurePause(holes: number): Promise<PauseResult> {
    const tree = new LogTree();
    const log = tree.path("app/application.log");
    try {
        writeLog(log, (holes + 1) * holeBytes);
        const write = async (work: () => Promise<void>): Promise<WriterReport["pause"]> => {
            const load = await LiveLoad.start([{ writer: 0, logs: [log], atLeast: 1, batch: 1, pace: 5_000 }]);
            try {
                await work();
                const [report] = await load.end();
                return report?.pause ?? { median: Number.NaN, p999: Number.NaN, max: Number.NaN };
            } finally {
                load.kill();
            }
        };
        const interval = 500;
        const undisturbed = await write(() => sleep(holes * interval));
        const whilePunching = await write(async () => {
            const file = openSync(log, "r+");
            try {
                for (let hole = 0; hole < holes; hole++) {
                    const start = 4096 + hole * holeBytes;
                    const head = headOfLog(file, start);
                    const known = { path: "app/application.log", archivedUpTo: 0, givenBackUpTo: 0, head };
                    const result = await punchHole(file, { start, end: start + holeBytes }, known);
                    if (result.method !== "hole") {
                        throw new Error(`no hole could be punched: ${result.reason}`);
                    }
                    await sleep(interval);
                }
            } finally {
                closeSync(file);
            }
        });
        return { undisturbed, whilePunching, holes };
    } finally {
        tree.remove();
    }
}
