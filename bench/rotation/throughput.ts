// MB/s of rotation beside gzip and pigz on the same log lines, in turns, because machines differ and are never idle.

import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { LogTree } from "../../test/workloads/log-rotation/log-tree.ts";
import { writeLog } from "../log-lines.ts";

/** One way, measured. */
export interface Throughput {
    readonly name: string;
    /** Best of the turns: what disturbs can only make it slower. */
    readonly megabytesPerSecond: number;
    readonly bytesOut: number;
}

const categories = ["app", "auth", "chat", "error"];

/**
 * Measures one file of `bytes`, or the same split into several.
 *
 * @param program our bundle
 * @param files 1 to 4
 */
export function measureThroughput(program: string, bytes: number, files: number, turns: number): readonly Throughput[] {
    const tree = new LogTree();
    try {
        const threads = availableParallelism();
        const sources = categories.slice(0, files).map((category, index) => {
            const source = tree.path(`source-${category}`);
            writeLog(source, bytes / files, index + 1);
            return { source, log: tree.path(`${category}/${category}.log`) };
        });
        const total = sources.reduce((sum, { source }) => sum + statSync(source).size, 0);
        const shell = (command: string) => () => {
            for (const { source, log } of sources) {
                check(spawnSync("sh", ["-c", `${command} < "$0" > "$1" && sync "$1"`, source, `${log}.gz`]));
            }
            return sources.reduce((sum, { log }) => sum + statSync(`${log}.gz`).size, 0);
        };
        const rotate = () => {
            check(
                spawnSync(process.execPath, [program], {
                    env: { PATH: process.env.PATH, ...tree.environment() },
                }),
            );
            const archives = readdirSync(tree.path("archive")).map((name) => tree.path(`archive/${name}`));
            return archives.reduce((sum, archive) => sum + statSync(archive).size, 0);
        };
        const prepare = () => {
            rmSync(tree.path(".rotation"), { recursive: true, force: true });
            for (const name of readdirSync(tree.path("archive"))) {
                rmSync(join(tree.path("archive"), name));
            }
            for (const { source, log } of sources) {
                copyFileSync(source, log);
            }
            check(spawnSync("sync"));
        };
        const ways: readonly [string, () => number][] = [
            ["log-rotation", rotate],
            ["gzip -6", shell("gzip -6 -c")],
            [`pigz -6 -p ${threads}`, shell(`pigz -6 -p ${threads} -c`)],
        ];
        const best = new Map<string, Throughput>();
        for (let turn = 0; turn < turns; turn++) {
            for (const [name, work] of ways) {
                prepare();
                const started = performance.now();
                const bytesOut = work();
                const megabytesPerSecond = total / 1e6 / ((performance.now() - started) / 1_000);
                if (megabytesPerSecond > (best.get(name)?.megabytesPerSecond ?? 0)) {
                    best.set(name, { name, megabytesPerSecond, bytesOut });
                }
            }
        }
        return [...best.values()];
    } finally {
        tree.remove();
    }
}

function check({ status, stderr }: { readonly status: number | null; readonly stderr: Buffer }): void {
    if (status !== 0) {
        throw new Error(`ended with status ${status}: ${stderr}`);
    }
}
