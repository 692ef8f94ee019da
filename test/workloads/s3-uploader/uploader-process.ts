// The bundled uploader as a process of its own on a log tree of its own, as it runs in a pod.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { uploaderNodeOptions } from "../../../workloads/s3-uploader/node-options.ts";
import type { PassSummary } from "../../../workloads/s3-uploader/pass-report.ts";

/** A finished run. */
export interface FinishedRun {
    readonly status: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** A log tree with archives, and the program to work on it. */
export class UploaderBed {
    /** The log root. */
    readonly root: string;
    readonly program: string;
    readonly #folder: string;

    private constructor(folder: string) {
        this.#folder = folder;
        this.root = join(folder, "logs");
        this.program = join(folder, "program", "s3-uploader.js");
    }

    /** An empty log tree. The program lies alone in its folder, without packages or `package.json`. */
    static async make(): Promise<UploaderBed> {
        const bed = new UploaderBed(await mkdtemp(join(tmpdir(), "s3-uploader-test-")));
        await mkdir(join(bed.root, "archive"), { recursive: true });
        await mkdir(dirname(bed.program));
        await writeFile(bed.program, (await bundleWorkload("s3-uploader")).content);
        return bed;
    }

    async remove(): Promise<void> {
        await rm(this.#folder, { recursive: true });
    }

    /** Empties the archive directory. */
    async clear(): Promise<void> {
        await rm(join(this.root, "archive"), { recursive: true });
        await mkdir(join(this.root, "archive"));
    }

    /** Writes an archive, gzipped if its name says so, and returns the bytes of the file. */
    async archive(path: string, text: string): Promise<Buffer> {
        const bytes = path.endsWith(".gz") ? gzipSync(text) : Buffer.from(text);
        await this.file(path, bytes);
        return bytes;
    }

    /** Writes a file below the archive directory. */
    async file(path: string, bytes: Buffer | string): Promise<void> {
        const full = join(this.root, "archive", path);
        await mkdir(dirname(full), { recursive: true });
        await writeFile(full, bytes);
    }

    /** Files below the archive directory, sorted. */
    async localFiles(): Promise<readonly string[]> {
        const entries = await readdir(join(this.root, "archive"), { recursive: true, withFileTypes: true });
        return entries
            .filter((entry) => !entry.isDirectory())
            .map((entry) => join(entry.parentPath, entry.name).slice(join(this.root, "archive").length + 1))
            .sort();
    }

    /** Writes the configuration for a bucket; `more` is further YAML. Returns its path. */
    async config(bucketName: string, more = ""): Promise<string> {
        return this.configText(`s3:\n  bucket_name: ${bucketName}\n  region: us-east-1\n${more}`);
    }

    async configText(text: string): Promise<string> {
        const path = join(this.#folder, "config.yaml");
        await writeFile(path, text);
        return path;
    }

    /** Starts the program as its pod does, with nothing in its environment but that and what is given. */
    start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): RunningUploader {
        const env = {
            PATH: process.env.PATH,
            HOME: this.#folder,
            NODE_NAME: "node-a",
            NODE_OPTIONS: uploaderNodeOptions,
            // The same program is started hundreds of times.
            NODE_COMPILE_CACHE: join(this.#folder, "compiled"),
            ...environment,
        };
        const child = spawn(process.execPath, [this.program, ...args], {
            cwd: this.#folder,
            env,
            stdio: ["ignore", "pipe", "pipe"],
        });
        return new RunningUploader(child);
    }

    /** Makes one pass. */
    async once(configFile: string, environment: Readonly<Record<string, string>>): Promise<FinishedPass> {
        const args = ["--config", configFile, "--once", "--log-root", this.root];
        const run = await this.start(args, environment).ended;
        const last = run.stdout.trimEnd().split("\n").at(-1) ?? "";
        return { ...run, summary: JSON.parse(last) as PassSummary };
    }
}

/** A finished `--once`. */
export interface FinishedPass extends FinishedRun {
    /** The last line. */
    readonly summary: PassSummary;
}

/** A started program. */
export class RunningUploader {
    readonly ended: Promise<FinishedRun>;
    readonly #child: ChildProcess;
    #stdout = "";

    constructor(child: ChildProcess) {
        this.#child = child;
        let stderr = "";
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
            this.#stdout += text;
        });
        child.stderr?.setEncoding("utf8").on("data", (text: string) => {
            stderr += text;
        });
        this.ended = new Promise((resolve, reject) => {
            child.once("error", reject);
            child.once("close", (status, signal) => resolve({ status, signal, stdout: this.#stdout, stderr }));
        });
    }

    get pid(): number {
        return this.#child.pid ?? 0;
    }

    kill(signal: NodeJS.Signals): void {
        this.#child.kill(signal);
    }

    /** The first line of output with this message, once it is there. */
    async line(message: string): Promise<Record<string, unknown>> {
        return new Promise((resolve, reject) => {
            const look = (): void => {
                const lines = this.#stdout.split("\n").slice(0, -1);
                const found = lines
                    .map((line) => JSON.parse(line) as Record<string, unknown>)
                    .find((line) => line.message === message);
                if (found) {
                    this.#child.stdout?.off("data", look);
                    resolve(found);
                }
            };
            this.#child.stdout?.on("data", look);
            void this.ended.then(({ stderr }) => reject(new Error(`it ended without saying "${message}": ${stderr}`)));
            look();
        });
    }
}
