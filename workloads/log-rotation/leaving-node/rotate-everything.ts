// One run of this program over its node that archives every whole line, whatever age and size say.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { RotationSummary } from "../summary.ts";

/**
 * Runs it as a process of its own: a run holds the tree's lock for as long as it lives, and the memory too.
 *
 * @returns the number of lines that were archived
 * @throws an error when the run failed; it has said why
 */
export async function rotateEverything(say: (line: string) => void): Promise<number> {
    const [, program = ""] = process.argv;
    const child = spawn(process.execPath, [...process.execArgv, program], {
        env: { ...process.env, MAX_SIZE_MB: "0" },
        stdio: ["ignore", "pipe", "inherit"],
    });
    const status = new Promise<number | null>((resolve, reject) => {
        child.once("error", reject).once("close", resolve);
    });
    let last = "";
    for await (const line of createInterface({ input: child.stdout })) {
        if (last !== "") {
            say(last);
        }
        last = line;
    }
    const ended = await status;
    const { lines, errors } = JSON.parse(last || "{}") as Partial<RotationSummary>;
    // A run that found nothing new is no news.
    if (lines !== 0 || errors !== 0) {
        say(last);
    }
    if (ended !== 0) {
        throw new Error(`a run ended with status ${ended}`);
    }
    return lines ?? 0;
}
