// Runs a program to its end and makes its failure readable.

import { spawn } from "node:child_process";

/** How to run a program. */
export interface RunOptions {
    readonly cwd?: string;
    /** Added to this process's environment; `undefined` removes a variable. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    /** Text given on standard input; without it standard input is empty. */
    readonly input?: string;
    /** Called with each piece of standard output and standard error as it arrives. */
    readonly onOutput?: (text: string) => void;
}

/** A program that could not be started or ended with another status than 0. */
export class RunError extends Error {
    /** Everything that the program printed, standard output and standard error interleaved. */
    readonly output: string;

    constructor(commandLine: string, status: string, output: string) {
        super(`${commandLine}\n  ended with ${status}:\n${lastLines(output, 40)}`);
        this.name = "RunError";
        this.output = output;
    }
}

/**
 * Runs `command` and returns its standard output.
 *
 * @throws RunError with the last lines of its output when it does not end with status 0
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return new Promise((resolve, reject) => {
        const commandLine = [command, ...args].join(" ");
        const child = spawn(command, args, {
            cwd: options.cwd,
            env: { ...process.env, ...options.env },
            stdio: ["pipe", "pipe", "pipe"],
        });
        let standardOutput = "";
        let everything = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            standardOutput += text;
            everything += text;
            options.onOutput?.(text);
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            everything += text;
            options.onOutput?.(text);
        });
        child.stdin.on("error", () => undefined);
        child.stdin.end(options.input ?? "");
        child.on("error", (error) => reject(new RunError(commandLine, error.message, everything)));
        child.on("close", (code, signal) => {
            if (code === 0) {
                resolve(standardOutput);
            } else {
                reject(new RunError(commandLine, signal ? `signal ${signal}` : `status ${code}`, everything));
            }
        });
    });
}

function lastLines(text: string, count: number): string {
    return text.trimEnd().split("\n").slice(-count).join("\n");
}
