// Rotation beside what others use: lines lost under live writers, MB/s, the pause that a writer sees, and memory.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installDebianPackages } from "../lab/tools/debian-packages.ts";
import { step } from "../lab/tools/progress.ts";
import { endWithMessage } from "../scripts/end-with-message.ts";
import { bundleWorkload } from "../workloads/bundle.ts";
import { logrotate, measureLoss, ours } from "./rotation/loss.ts";
import { measureMany } from "./rotation/many.ts";
import { measureMemory } from "./rotation/memory.ts";
import { measurePause } from "./rotation/pause.ts";
import { measureThroughput, type Throughput } from "./rotation/throughput.ts";

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

/** Bounds of the contract. */
const bounds = {
    /** Times the speed of `gzip -6` on one file, and the size of its output. */
    gzipSpeed: 1.6,
    gzipSize: 1.02,
    /** Times the speed of pigz on several files. */
    pigzSpeed: 0.9,
    memoryMiB: 120,
} as const;

const parts = ["loss", "throughput", "pause", "many", "memory"] as const;

const help = `Usage: node bench/rotation.ts [--only PART]... [--gib N]

Measures log-rotation beside logrotate, gzip and pigz, which are installed if they are missing (Debian, as root).
  --only PART  only this part (${parts.join(", ")}); may be given several times
  --gib N      size of the log whose rotation's memory is measured (default 10)
Exit status 0 if the bounds hold, 1 if one does not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            only: { type: "string", multiple: true },
            gib: { type: "string", default: "10" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const unknown = values.only?.find((part) => !parts.some((known) => known === part));
    const gib = Number(values.gib);
    if (unknown !== undefined || !(gib > 0)) {
        console.error(
            unknown === undefined ? `--gib ${values.gib}: expected a number` : `--only ${unknown}: no such part`,
        );
        return 2;
    }
    const isWanted = (part: (typeof parts)[number]) => values.only?.includes(part) ?? true;
    await installDebianPackages(["logrotate", "pigz"].map((name) => ({ name, provides: name })));
    const folder = mkdtempSync(join(tmpdir(), "rotation-bench-"));
    try {
        const program = join(folder, "log-rotation.js");
        writeFileSync(program, (await bundleWorkload("log-rotation")).content);
        const broken: string[] = [];
        const expect = (holds: boolean, bound: string): void => {
            if (!holds) {
                broken.push(bound);
            }
        };
        if (isWanted("loss")) {
            await compareLoss(program, expect);
        }
        if (isWanted("throughput")) {
            await compareThroughput(program, expect);
        }
        if (isWanted("pause")) {
            const pause = await step("a writer's pauses", "15 s", () => measurePause(10));
            console.log(`\nmicroseconds of a write  median  99.9%  max`);
            for (const [name, { median, p999, max }] of [
                ["undisturbed", pause.undisturbed],
                [`while ${pause.holes} holes are punched`, pause.whilePunching],
            ] as const) {
                console.log(`${name}: ${median}  ${p999}  ${max}`);
            }
        }
        if (isWanted("many")) {
            const logs = 1_000;
            const seconds = await step(`${logs} small logs`, "1 min", async () => measureMany(program, logs, 3));
            console.log(`\n${logs} small logs, all due: ${seconds} s`);
        }
        if (isWanted("memory")) {
            const result = await step(`rotation of ${gib} GiB`, "4 min", async () =>
                measureMemory(program, gib * gibibyte),
            );
            const speed = (result.bytes / 1e6 / result.seconds).toFixed(0);
            console.log(
                `\n${(result.bytes / gibibyte).toFixed(1)} GiB in ${result.seconds} s (${speed} MB/s), resident at most ${result.peaks.join(" and ")} MiB`,
            );
            expect(Math.max(...result.peaks) < bounds.memoryMiB, `less than ${bounds.memoryMiB} MiB resident`);
        }
        for (const bound of broken) {
            console.log(`not reached: ${bound}`);
        }
        return broken.length === 0 ? 0 : 1;
    } finally {
        rmSync(folder, { recursive: true });
    }
}

type Expect = (holds: boolean, bound: string) => void;

async function compareLoss(program: string, expect: Expect): Promise<void> {
    const results = [];
    for (const rotator of [ours(program), logrotate]) {
        results.push(await step(`${rotator.name} beside live writers`, "1 min", () => measureLoss(rotator, 10)));
    }
    console.log("");
    for (const { name, rotations, written, lost, doubled, reordered, broken } of results) {
        console.log(
            `${name}: ${rotations} rotations, ${written} lines written: ${lost} lost, ${doubled} doubled, ${reordered} out of order, ${broken} broken`,
        );
    }
    const [own] = results;
    const wrong = own && own.lost + own.doubled + own.reordered + own.broken;
    expect(wrong === 0, "no line lost, doubled, out of order or broken");
}

async function compareThroughput(program: string, expect: Expect): Promise<void> {
    const bytes = 350 * mebibyte;
    for (const files of [1, 4]) {
        const what = `${files} ${files === 1 ? "file" : "files"}, 350 MiB together`;
        const results = await step(`MB/s, ${what}`, "2 min", async () => measureThroughput(program, bytes, files, 3));
        console.log(`\n${what}`);
        for (const { name, megabytesPerSecond, bytesOut } of results) {
            console.log(`${name}: ${megabytesPerSecond.toFixed(0)} MB/s, ${(bytesOut / 1e6).toFixed(1)} MB`);
        }
        const [own, gzip, pigz] = results as [Throughput, Throughput, Throughput];
        const speed = (other: Throughput) => own.megabytesPerSecond / other.megabytesPerSecond;
        console.log(
            `${speed(gzip).toFixed(2)} times gzip, ${speed(pigz).toFixed(2)} times pigz; size ${(own.bytesOut / gzip.bytesOut).toFixed(3)} of gzip's`,
        );
        if (files === 1) {
            expect(speed(gzip) >= bounds.gzipSpeed, `${bounds.gzipSpeed} times the speed of gzip -6 on one file`);
            expect(own.bytesOut <= gzip.bytesOut * bounds.gzipSize, `${bounds.gzipSize} of gzip's size at most`);
        } else {
            expect(speed(pigz) >= bounds.pigzSpeed, `${bounds.pigzSpeed} times the speed of pigz on several files`);
        }
    }
}

await endWithMessage(main, help);
