// Programs of the lab that live on when the command that started them has returned.
//
// Each has two files below the lab's state folder: what was started, and which process that became.

import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeWhole } from "../write-whole.ts";
import { type HealthCheck, isHealthy } from "./health-check.ts";
import { isAlive, type ProcessIdentity, parseIdentity, recordAndBecome } from "./process-identity.ts";
import { seldomCollection } from "./seldom-collection.ts";

/** How to start a program and how to tell that it works. */
export interface ProcessSpec {
    /** Short name, unique in the lab: names the log file and the line of `lab status`. */
    readonly name: string;
    /** Path of the program, or its name on PATH. */
    readonly command: string;
    readonly args: readonly string[];
    /** Added to PATH and HOME, which is all that the program gets of this process's environment, and to GOGC ({@link seldomCollection}). */
    readonly env?: Readonly<Record<string, string>>;
    /** Without one the program counts as healthy while it lives. */
    readonly healthCheck?: HealthCheck;
    /** Seconds until the health check must pass after the start; 60 by default. */
    readonly startSeconds?: number;
    /** Seconds between SIGTERM and SIGKILL; 10 by default. */
    readonly stopSeconds?: number;
}

/** State of one recorded program. */
export interface ProcessStatus {
    readonly name: string;
    /** `undefined` when it is not there. */
    readonly pid: number | undefined;
    readonly healthy: boolean;
    readonly logFile: string;
}

interface ProcessRecord extends ProcessSpec {
    /** Milliseconds since the epoch: what orders the programs by their starts. */
    readonly startedAt: number;
}

const defaultStartSeconds = 60;
const defaultStopSeconds = 10;
/** Seconds that the kernel gets to end a process after SIGKILL. */
const killSeconds = 10;
const pollMilliseconds = 50;

/**
 * Starts a program in a session of its own and waits until its health check passes.
 *
 * @throws an error with the end of its log when it ends, or is not healthy in time
 */
export async function startProcess(stateFolder: string, spec: ProcessSpec): Promise<void> {
    const logFile = logFileOf(stateFolder, spec.name);
    await mkdir(recordsFolder(stateFolder), { recursive: true });
    await mkdir(join(logFile, ".."), { recursive: true });
    await rm(identityFile(stateFolder, spec.name), { force: true });
    const record: ProcessRecord = { ...spec, startedAt: Date.now() };
    await writeWhole(recordFile(stateFolder, spec.name), `${JSON.stringify(record, undefined, 2)}\n`);
    const log = openSync(logFile, "a", 0o600);
    const child = spawn(
        "/bin/sh",
        ["-c", recordAndBecome, identityFile(stateFolder, spec.name), spec.command, ...spec.args],
        {
            cwd: stateFolder,
            detached: true,
            env: { PATH: process.env.PATH, HOME: process.env.HOME, GOGC: seldomCollection, ...spec.env },
            stdio: ["ignore", log, log],
        },
    );
    closeSync(log);
    let ended: string | undefined;
    child.on("error", (error) => {
        ended = `could not be started: ${error.message}`;
    });
    child.on("exit", (code, signal) => {
        ended = signal ? `was ended by ${signal}` : `ended with status ${code}`;
    });
    child.unref();

    const startSeconds = spec.startSeconds ?? defaultStartSeconds;
    const deadline = Date.now() + startSeconds * 1000;
    while (!(await isReady(stateFolder, spec))) {
        if (ended === undefined && Date.now() > deadline) {
            ended = `is not healthy after ${startSeconds} s`;
        }
        if (ended !== undefined) {
            throw new Error(`${spec.name} ${ended}; the end of ${logFile}:\n${await lastLines(logFile)}`);
        }
        await sleep(pollMilliseconds);
    }
}

/** State of every recorded program, in the order of their starts. */
export async function processStatuses(stateFolder: string): Promise<readonly ProcessStatus[]> {
    return Promise.all(
        (await readRecords(stateFolder)).map(async (record) => {
            const identity = await readIdentity(stateFolder, record.name);
            const alive = identity !== undefined && (await isAlive(identity));
            return {
                name: record.name,
                pid: alive ? identity.pid : undefined,
                healthy: alive && (record.healthCheck === undefined || (await isHealthy(record.healthCheck))),
                logFile: logFileOf(stateFolder, record.name),
            };
        }),
    );
}

/**
 * Ends one recorded program, with SIGTERM and after its patience with SIGKILL, and forgets it when it is gone. Does
 * nothing if there is no record of it.
 *
 * @throws an error when it outlives even SIGKILL; its record stays then
 */
export async function stopProcess(stateFolder: string, name: string): Promise<void> {
    const record = (await readRecords(stateFolder)).find((candidate) => candidate.name === name);
    if (record === undefined) {
        return;
    }
    const identity = await readIdentity(stateFolder, name);
    if (identity !== undefined) {
        const gone =
            (await signalAndWait(identity, "SIGTERM", record.stopSeconds ?? defaultStopSeconds)) ||
            (await signalAndWait(identity, "SIGKILL", killSeconds));
        if (!gone) {
            throw new Error(`${name} (process ${identity.pid}) is still there ${killSeconds} s after SIGKILL`);
        }
    }
    await rm(recordFile(stateFolder, name), { force: true });
    await rm(identityFile(stateFolder, name), { force: true });
}

/** Ends every recorded program, the last started first. */
export async function stopAllProcesses(stateFolder: string): Promise<void> {
    for (const record of (await readRecords(stateFolder)).toReversed()) {
        await stopProcess(stateFolder, record.name);
    }
}

async function isReady(stateFolder: string, spec: ProcessSpec): Promise<boolean> {
    const identity = await readIdentity(stateFolder, spec.name);
    if (identity === undefined || !(await isAlive(identity))) {
        return false;
    }
    return spec.healthCheck === undefined || isHealthy(spec.healthCheck);
}

async function signalAndWait(identity: ProcessIdentity, signal: NodeJS.Signals, seconds: number): Promise<boolean> {
    const deadline = Date.now() + seconds * 1000;
    if (await isAlive(identity)) {
        sendSignal(identity.pid, signal);
    }
    while (await isAlive(identity)) {
        if (Date.now() > deadline) {
            return false;
        }
        await sleep(pollMilliseconds);
    }
    return true;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
    try {
        process.kill(pid, signal);
    } catch (error) {
        const hasJustEnded = error instanceof Error && "code" in error && error.code === "ESRCH";
        if (!hasJustEnded) {
            throw error;
        }
    }
}

async function readRecords(stateFolder: string): Promise<readonly ProcessRecord[]> {
    const files = await readdir(recordsFolder(stateFolder)).catch(() => []);
    const records = await Promise.all(
        files
            .filter((file) => file.endsWith(".json"))
            .map(
                async (file) =>
                    JSON.parse(await readFile(join(recordsFolder(stateFolder), file), "utf8")) as ProcessRecord,
            ),
    );
    return records.toSorted((one, other) => one.startedAt - other.startedAt);
}

async function readIdentity(stateFolder: string, name: string): Promise<ProcessIdentity | undefined> {
    const text = await readFile(identityFile(stateFolder, name), "utf8").catch(() => undefined);
    return text === undefined ? undefined : parseIdentity(text);
}

async function lastLines(file: string): Promise<string> {
    return (await readFile(file, "utf8")).trimEnd().split("\n").slice(-20).join("\n");
}

function recordsFolder(stateFolder: string): string {
    return join(stateFolder, "processes");
}

function recordFile(stateFolder: string, name: string): string {
    return join(recordsFolder(stateFolder), `${name}.json`);
}

function identityFile(stateFolder: string, name: string): string {
    return join(recordsFolder(stateFolder), `${name}.identity`);
}

function logFileOf(stateFolder: string, name: string): string {
    return join(stateFolder, "logs", `${name}.log`);
}
