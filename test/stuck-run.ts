// A run of tests that has come to its end and does not end, because something that a test began goes on: it is named and
// ended, where `make test` would otherwise wait for it until somebody ends everything and nobody sees what failed.

import { spawnSync } from "node:child_process";

/**
 * Ends this process with status 1, and the processes that it started, if it is still there after so many seconds.
 *
 * @param tell is given what kept it, before that
 */
export function endWhenStuck(seconds: number, tell: (reason: string) => void): void {
    setTimeout(() => {
        const children = childProcesses();
        const kept = [
            ...children.map(({ pid, commandLine }) => `process ${pid} (${commandLine})`),
            ...process.getActiveResourcesInfo(),
        ];
        tell(`did not end within ${seconds} s after its last test, because of ${kept.join(", ")}`);
        for (const { pid } of children) {
            killIfThere(pid);
        }
        // Mocha sets the status when the process exits, to the number of tests that failed.
        process.once("exit", () => {
            process.exitCode = 1;
        });
        process.exit();
    }, seconds * 1000).unref();
}

interface Child {
    readonly pid: number;
    /** Its beginning. */
    readonly commandLine: string;
}

function childProcesses(): readonly Child[] {
    const own = ["--ppid", String(process.pid), "-o", "pid=,args="];
    const { pid, stdout } = spawnSync("ps", own, { encoding: "utf8" });
    return stdout
        .split("\n")
        .map((line) => /^\s*(\d+) (.*)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, id, commandLine = ""]) => ({ pid: Number(id), commandLine: commandLine.slice(0, 120) }))
        .filter((child) => child.pid !== pid);
}

function killIfThere(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch {
        // It has ended since it was listed.
    }
}
