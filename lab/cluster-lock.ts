// One command at a time may start or stop a lab.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Exit status that `flock` is told to end with when somebody else holds the lock. */
const heldByAnother = 75;

/**
 * Runs `work` while holding the lock on `file`. The kernel gives the lock back when this process ends, however it ends:
 * a helper process holds it for as long as its standard input is open.
 *
 * @param purpose what the holder is doing, told to whoever finds the lock held
 * @throws an error that says who holds the lock and what for
 */
export async function withLock<T>(file: string, purpose: string, work: () => Promise<T>): Promise<T> {
    await mkdir(dirname(file), { recursive: true });
    const holder = spawn(
        "flock",
        ["--nonblock", "--conflict-exit-code", String(heldByAnother), file, "sh", "-c", "echo held; exec cat"],
        { stdio: ["pipe", "pipe", "inherit"] },
    );
    const ended = once(holder, "exit");
    const isHeld = await Promise.race([
        once(holder.stdout, "data").then(() => true),
        ended.then(([status]) => {
            if (status === heldByAnother) {
                return false;
            }
            throw new Error(`flock ended with status ${status} on ${file}`);
        }),
    ]);
    if (!isHeld) {
        throw new Error(`${(await readFile(file, "utf8")).trim() || "another command"} is at work; try again later`);
    }
    try {
        await writeFile(file, `${purpose} (process ${process.pid})\n`);
        return await work();
    } finally {
        holder.stdin.end();
        await ended;
    }
}
