// The bundled program as a process of its own, which a test may kill at any moment.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** A run that has ended. */
export interface EndedRun {
    /** Null when it was killed. */
    readonly status: number | null;
    /** What it printed, line by line. */
    readonly output: readonly string[];
}

/** A run of the program. */
export class ProgramRun {
    readonly ended: Promise<EndedRun>;
    readonly #group: number;

    /** @param environment all that it gets beside `PATH` */
    constructor(program: string, environment: Readonly<Record<string, string>>) {
        const child = spawn(process.execPath, [program], {
            env: { PATH: process.env.PATH, ...environment },
            stdio: ["ignore", "pipe", "pipe"],
            // A group of its own: the program runs itself again under a lock.
            detached: true,
        });
        this.#group = child.pid ?? Number.NaN;
        let printed = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (text: string) => {
                printed += text;
            });
        }
        this.ended = new Promise((resolve) => {
            child.on("close", (status) => resolve({ status, output: printed.trimEnd().split("\n") }));
        });
    }

    /** Kills it after that time; returns whether it had not ended before. */
    async killAfter(milliseconds: number): Promise<boolean> {
        await sleep(milliseconds);
        let isKilled = false;
        try {
            process.kill(-this.#group, "SIGKILL");
            isKilled = true;
        } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
        }
        await this.ended;
        return isKilled;
    }
}
