// The bundled program beside live writers, run again and again and killed at random, and the proof that no line was lost,
// doubled or reordered. The test is small; `make soak` runs the same at full size.

import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { checkLines, type LineCheck, LiveLoad, sumOfChecks } from "./live-load.ts";
import type { LogTree } from "./log-tree.ts";
import { ProgramRun } from "./program-run.ts";

/** Logs that the writers write. */
const liveLogs = [
    "app/application.log",
    "auth/auth.log",
    "chat/chat.log",
    "error/error.log",
    "system/system.log",
    "websocket/websocket.log",
];

/** How large a test is. */
export interface LiveTest {
    readonly writers: number;
    /** Lines that are written at least, by all writers together. */
    readonly lines: number;
    /** Lines a second of each writer; undefined: as fast as it can. */
    readonly pace?: number;
    /** Bytes on disk of a log above which its writers wait for rotation; undefined: they never wait. */
    readonly mostBytes?: number;
    /** Normal runs at least, while the writers write. */
    readonly rotations: number;
    /** Runs that are killed at a random moment, each followed by a normal one. */
    readonly kills: number;
}

/** What came of it. */
export interface LiveResult extends LineCheck {
    readonly rotations: number;
    readonly kills: number;
}

/** Lets writers write to a tree while the program rotates it, kills it as often as it is told, and counts the lines. */
export async function rotateLive(tree: LogTree, program: string, test: LiveTest): Promise<LiveResult> {
    for (const log of liveLogs) {
        tree.append(log, "");
    }
    const load = await LiveLoad.start(
        Array.from({ length: test.writers }, (_, writer) => ({
            writer,
            logs: liveLogs.map((log) => tree.path(log)),
            atLeast: Math.ceil(test.lines / test.writers),
            batch: 1 + 7 * writer,
            pace: test.pace,
            mostBytes: test.mostBytes,
        })),
    );
    const run = () => new ProgramRun(program, tree.environment());
    const runToEnd = async (): Promise<void> => {
        const { status, output } = await run().ended;
        assert.equal(status, 0, output.join("\n"));
    };
    try {
        let [rotations, kills, normalTime] = [0, 0, 500];
        while (rotations < test.rotations || kills < test.kills) {
            if (kills < test.kills) {
                // Sometimes before it has begun, sometimes when it is done; and sometimes beside another run.
                const others = Math.random() < 0.1 ? [run()] : [];
                kills += (await run().killAfter(Math.random() * normalTime * 1.1)) ? 1 : 0;
                await Promise.all(others.map(({ ended }) => ended));
            }
            const started = performance.now();
            await runToEnd();
            normalTime = performance.now() - started;
            rotations++;
        }
        const reports = await load.end();
        // What came after the last run.
        await runToEnd();
        const checks = await Promise.all(
            liveLogs.map((log, index) =>
                checkLines(
                    archivesOf(tree, log),
                    reports.map(({ lines }) => lines[index] ?? 0),
                ),
            ),
        );
        for (const log of liveLogs) {
            // The first block, the last one, and one in which ext4 keeps the map of a file that grew in many pieces.
            assert.ok(tree.blockBytes(log) <= 3 * 4096, `${log} keeps ${tree.blockBytes(log)} bytes`);
            assert.ok(statSync(tree.path(log)).size > 0);
        }
        return { ...sumOfChecks(checks), rotations, kills };
    } finally {
        load.kill();
    }
}

function archivesOf(tree: LogTree, log: string): readonly { readonly path: string }[] {
    const prefix = `${log.replace("/", "_").replace(/\.log$/, "")}_`;
    return readdirSync(tree.path("archive"))
        .filter((name) => name.startsWith(prefix))
        .toSorted()
        .map((name) => ({ path: tree.path(`archive/${name}`) }));
}
