// The uploader, rclone and the AWS SDK alone as processes: how long each takes for the same archives, and its peak of
// resident memory.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ObjectStore } from "../../lab/object-store.ts";
import { uploaderNodeOptions } from "../../workloads/s3-uploader/node-options.ts";
import { parallelism } from "./parallelism.ts";

/** Where the uploader puts the archives that the bench makes. */
const prefix = "2026/01/01/archive";

/** One run. */
export interface Run {
    readonly seconds: number;
    /** MiB, the peak that the kernel has seen (VmHWM). */
    readonly peakMiB: number;
}

/** A way to bring archives into a bucket. */
export interface Way {
    readonly name: string;
    /** @param root its `archive` folder is brought into the bucket */
    run(root: string, bucket: string, store: ObjectStore): Promise<Run>;
}

/** The uploader. @param program its bundle */
export function uploader(program: string): Way {
    return {
        name: "s3-uploader",
        async run(root, bucket, store) {
            const config = join(root, "config.yaml");
            // Archives stay, as rclone leaves them.
            writeFileSync(
                config,
                `s3: { bucket_name: ${bucket}, storage_class: STANDARD }\ncleanup: { delete_after_upload: false, max_age_days: 3650 }\n`,
            );
            const args = [program, "--config", config, "--once", "--log-root", root];
            return measured(process.execPath, args, {
                ...store.environment,
                NODE_NAME: "bench",
                NODE_OPTIONS: uploaderNodeOptions,
            });
        },
    };
}

/** The AWS SDK alone, on Node.js that is told what the uploader's is. @param program the bundle of `aws-sdk.ts` */
export function awsSdk(program: string): Way {
    return {
        name: "the AWS SDK alone",
        run: (root, bucket, store) =>
            measured(process.execPath, [program, root, bucket, prefix], {
                ...store.environment,
                NODE_OPTIONS: uploaderNodeOptions,
            }),
    };
}

/** rclone, with as many bodies at once, everything else as it is by default. */
export const rclone: Way = {
    name: "rclone copy",
    async run(root, bucket, store) {
        const args = [
            "copy",
            join(root, "archive"),
            `bench:${bucket}/${prefix}`,
            `--transfers=${parallelism}`,
            "--s3-upload-concurrency=1",
        ];
        return measured("rclone", args, {
            ...store.environment,
            HOME: root,
            RCLONE_CONFIG_BENCH_TYPE: "s3",
            RCLONE_CONFIG_BENCH_PROVIDER: "Other",
            RCLONE_CONFIG_BENCH_ENV_AUTH: "true",
            RCLONE_CONFIG_BENCH_REGION: "us-east-1",
            RCLONE_CONFIG_BENCH_ENDPOINT: store.endpoint,
        });
    },
};

/** Bytes of all archives. */
export function bytesIn(root: string): number {
    const folder = join(root, "archive");
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

async function measured(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
): Promise<Run> {
    const started = performance.now();
    const child = spawn(program, args, {
        env: { PATH: process.env.PATH, ...environment },
        stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        errors += text;
    });
    let peak = 0;
    const look = setInterval(() => {
        try {
            const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
            peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0));
        } catch {
            // It has ended.
        }
    }, 20);
    try {
        const code = await new Promise<number | null>((resolve, reject) => {
            child.once("error", reject);
            child.once("close", resolve);
        });
        if (code !== 0) {
            throw new Error(`${program} ended with status ${code}: ${errors.slice(-2000)}`);
        }
    } finally {
        clearInterval(look);
    }
    return { seconds: (performance.now() - started) / 1000, peakMiB: peak / 1024 };
}
