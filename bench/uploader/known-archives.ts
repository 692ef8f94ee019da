// What the uploader takes for archives that S3 has already: a pass over those that are kept here, a scrape beside them, and
// one archive more in a manifest that names very many.

import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { freePort } from "../../lab/free-port.ts";
import type { ObjectStore } from "../../lab/object-store.ts";
import { median } from "../median.ts";
import { makeArchives } from "./archives.ts";
import { uploader } from "./ways.ts";

const archiveBytes = 4 * 1024;
const [few, many] = [100, 5_000];
/** How many times as long as over the few archives a pass over the many may take. */
const mostTimes = 3;
const mostScrapeMilliseconds = 20;
const manifestEntries = 100_000;
const mostManifestMiB = 200;

/**
 * Measures passes over archives that are kept, each by a process of its own, and scrapes of one that knows them.
 *
 * @returns the bounds that are missed
 */
export async function keptArchives(folder: string, program: string, store: ObjectStore): Promise<readonly string[]> {
    const seconds: number[] = [];
    let scrape = 0;
    for (const count of [few, many]) {
        const root = join(folder, `kept-${count}`);
        mkdirSync(root);
        await makeArchives(root, count, archiveBytes);
        const bucket = await store.newBucket("no versions");
        await uploader(program).run(root, bucket, store);
        const runs = [];
        for (let round = 0; round < 5; round++) {
            runs.push(await uploader(program).run(root, bucket, store));
        }
        seconds.push(median(runs.map((run) => run.seconds)));
        scrape = await scrapeMilliseconds(root, program, store);
    }
    const [ofFew = 0, ofMany = 0] = seconds;
    console.log(
        `\na pass over kept archives: ${few}: ${ofFew.toFixed(2)} s, ${many}: ${ofMany.toFixed(2)} s; ` +
            `/metrics beside ${many}: ${scrape.toFixed(1)} ms`,
    );
    return [
        ...(ofMany <= mostTimes * ofFew
            ? []
            : [`${mostTimes} times as long over ${many} as over ${few} kept archives`]),
        ...(scrape < mostScrapeMilliseconds ? [] : [`/metrics in ${mostScrapeMilliseconds} ms`]),
    ];
}

/** Median of what /metrics takes once the first pass is over. The configuration is there from an earlier run. */
async function scrapeMilliseconds(root: string, program: string, store: ObjectStore): Promise<number> {
    const port = await freePort();
    const child = spawn(process.execPath, [program, "--config", join(root, "config.yaml"), "--log-root", root], {
        env: { PATH: process.env.PATH, ...store.environment, METRICS_PORT: String(port) },
        stdio: "ignore",
    });
    const page = () => fetch(`http://127.0.0.1:${port}/metrics`).then((response) => response.text());
    try {
        const success = /^chattingo_s3_uploader_last_success_timestamp_seconds [1-9]/m;
        while (!success.test(await page().catch(() => ""))) {
            await sleep(100);
        }
        const times: number[] = [];
        for (let round = 0; round < 30; round++) {
            const started = performance.now();
            await page();
            times.push(performance.now() - started);
        }
        return median(times);
    } finally {
        child.kill("SIGKILL");
    }
}

/**
 * Measures the memory of a pass that adds one archive to a large manifest.
 *
 * @returns the bounds that are missed
 */
export async function largeManifest(folder: string, program: string, store: ObjectStore): Promise<readonly string[]> {
    const root = join(folder, "manifest");
    mkdirSync(root);
    await makeArchives(root, 1, archiveBytes);
    const bucket = await store.newBucket("no versions");
    const entries = Array.from({ length: manifestEntries }, (_, index) => ({
        key: `2026/01/01/archive/worker-${index % 100}/app_pod-${String(index).padStart(6, "0")}_20260101_120000.log.gz`,
        size: 32_768 + index,
        sha256: String(index).padStart(64, "0"),
        category: "application",
        sourceNode: `worker-${index % 100}`,
        rotatedAt: "2026-01-01T12:00:00.000Z",
        uploadedAt: "2026-01-01T14:00:00.000Z",
        storageClass: "STANDARD_IA",
        lines: index,
    }));
    const Body = `${JSON.stringify({ version: 1, entries }, undefined, 2)}\n`;
    const Key = "2026/01/01/metadata/upload_manifest.json";
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    const { seconds, peakMiB } = await uploader(program).run(root, bucket, store);
    console.log(
        `\none archive more in a manifest of ${manifestEntries} entries: ${seconds.toFixed(2)} s, ` +
            `resident at most ${peakMiB.toFixed(0)} MiB`,
    );
    return peakMiB < mostManifestMiB
        ? []
        : [`less than ${mostManifestMiB} MiB on a manifest of ${manifestEntries} entries`];
}
