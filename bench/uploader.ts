// The uploader beside `rclone copy`: the same archives to the same server, in turns. It does more than rclone (it unpacks
// every archive, counts its lines, keeps a SHA-256 and a manifest) and must be as quick, with as little memory. Small
// archives are sent by the AWS SDK alone too, which tells what of the uploader's time is its own.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ObjectStore } from "../lab/object-store.ts";
import { installDebianPackages } from "../lab/tools/debian-packages.ts";
import { step } from "../lab/tools/progress.ts";
import { endWithMessage } from "../scripts/end-with-message.ts";
import { bundleFile, bundleWorkload } from "../workloads/bundle.ts";
import { median } from "./median.ts";
import { makeArchives } from "./uploader/archives.ts";
import { keptArchives, largeManifest } from "./uploader/known-archives.ts";
import { parallelism } from "./uploader/parallelism.ts";
import { awsSdk, bytesIn, type Run, rclone, uploader, type Way } from "./uploader/ways.ts";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const gibibyte = 1024 * mebibyte;

/** Most MiB that the uploader may have resident on one very large archive. */
const memoryBoundMiB = 150;

/** The loads on which both are measured, and how many times as long as rclone the uploader may take. */
const loads = {
    small: { what: "1,000 archives of 32 KiB", count: 1_000, bytes: 32 * kibibyte, mostTimes: 1.3 },
    large: { what: "4 archives of 192 MiB", count: 4, bytes: 192 * mebibyte, mostTimes: 1 },
} as const;

const parts = ["small", "large", "memory", "kept", "manifest"] as const;

const help = `Usage: node bench/uploader.ts [--only PART]... [--rounds N] [--gib N]

Measures the uploader beside rclone copy with ${parallelism} bodies at once, against versitygw on this machine. What is
missing is installed (rclone from Debian, as root) or built (versitygw).
  --only PART  only this part (${parts.join(", ")}); may be given several times
  --rounds N   rounds of each in turn, of which the median counts (default 5)
  --gib N      size of the archive on which memory is measured (default 5)
Exit status 0 if the bounds hold, 1 if one does not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            only: { type: "string", multiple: true },
            rounds: { type: "string", default: "5" },
            gib: { type: "string", default: "5" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const unknown = values.only?.find((part) => !parts.some((known) => known === part));
    const [rounds, gib] = [Number(values.rounds), Number(values.gib)];
    const wrong = [
        ...(unknown === undefined ? [] : [`--only ${unknown}: no such part`]),
        ...(Number.isInteger(rounds) && rounds > 0 ? [] : [`--rounds ${values.rounds}: expected a whole number`]),
        ...(gib > 0 ? [] : [`--gib ${values.gib}: expected a number`]),
    ];
    if (wrong.length > 0) {
        console.error(`${wrong.join("\n")}\n${help}`);
        return 2;
    }
    const isWanted = (part: (typeof parts)[number]) => values.only?.includes(part) ?? true;
    await installDebianPackages([{ name: "rclone", provides: "rclone" }]);
    const folder = mkdtempSync(join(tmpdir(), "uploader-bench-"));
    const store = await ObjectStore.start(folder);
    try {
        const program = join(folder, "s3-uploader.js");
        writeFileSync(program, (await bundleWorkload("s3-uploader")).content);
        const missed: string[] = [];
        const both = [uploader(program), rclone] as const;
        if (isWanted("small")) {
            const alone = join(folder, "aws-sdk.js");
            writeFileSync(alone, await bundleFile("bench/uploader/aws-sdk.ts", true));
            missed.push(...(await compare(join(folder, "small"), "small", rounds, [...both, awsSdk(alone)], store)));
        }
        if (isWanted("large")) {
            missed.push(...(await compare(join(folder, "large"), "large", rounds, both, store)));
        }
        if (isWanted("memory")) {
            const root = join(folder, "memory");
            mkdirSync(root);
            await makeArchives(root, 1, gib * gibibyte);
            const run = await step(`one archive of ${gib} GiB`, "3 min", async () =>
                uploader(program).run(root, await store.newBucket("no versions"), store),
            );
            console.log(
                `\none archive of ${gib} GiB: ${run.seconds.toFixed(0)} s, resident at most ${run.peakMiB.toFixed(0)} MiB`,
            );
            missed.push(...(run.peakMiB < memoryBoundMiB ? [] : [`less than ${memoryBoundMiB} MiB resident`]));
        }
        if (isWanted("kept")) {
            missed.push(...(await step("archives that are kept", "3 min", () => keptArchives(folder, program, store))));
        }
        if (isWanted("manifest")) {
            missed.push(...(await step("a large manifest", "1 min", () => largeManifest(folder, program, store))));
        }
        for (const bound of missed) {
            console.log(`not reached: ${bound}`);
        }
        return missed.length === 0 ? 0 : 1;
    } finally {
        await store.stop();
        rmSync(folder, { recursive: true });
    }
}

/**
 * @param ways the uploader and rclone, which must hold the bounds between them, and what is shown beside them
 * @returns the bounds that are missed
 */
async function compare(
    root: string,
    load: keyof typeof loads,
    rounds: number,
    ways: readonly [uploader: Way, rclone: Way, ...others: Way[]],
    store: ObjectStore,
): Promise<readonly string[]> {
    const { what, count, bytes, mostTimes } = loads[load];
    mkdirSync(root);
    await makeArchives(root, count, bytes);
    const runs = new Map<Way, Run[]>(ways.map((way) => [way, []]));
    await step(`${what}, ${rounds} rounds`, undefined, async () => {
        for (let round = 0; round < rounds; round++) {
            for (const way of ways) {
                runs.get(way)?.push(await way.run(root, await store.newBucket("no versions"), store));
            }
        }
    });
    const megabytes = bytesIn(root) / 1e6;
    console.log(`\n${what}`);
    const [own, other, floor] = ways.map((way) => {
        const all = runs.get(way) ?? [];
        const seconds = median(all.map((run) => run.seconds));
        const peakMiB = median(all.map((run) => run.peakMiB));
        const spread = all.map((run) => run.seconds.toFixed(2)).join(" ");
        console.log(
            `${way.name}: ${seconds.toFixed(2)} s (${spread}), ${(megabytes / seconds).toFixed(0)} MB/s, ` +
                `resident at most ${peakMiB.toFixed(0)} MiB`,
        );
        return { seconds, peakMiB };
    });
    if (own === undefined || other === undefined) {
        throw new Error("nothing was measured");
    }
    console.log(`${(other.seconds / own.seconds).toFixed(2)} times rclone's throughput`);
    if (floor !== undefined) {
        console.log(`the AWS SDK alone: ${(other.seconds / floor.seconds).toFixed(2)} times rclone's throughput`);
    }
    return [
        ...(own.seconds <= mostTimes * other.seconds ? [] : [`${mostTimes} times rclone's time on ${what}`]),
        ...(own.peakMiB <= other.peakMiB ? [] : [`rclone's memory on ${what}`]),
    ];
}

await endWithMessage(main, help);
