// Which process is meant: a process id alone is not enough, because the kernel uses it again.

import { readFile } from "node:fs/promises";

/** A process that was there at some time: its id, when it started (clock ticks since boot) and the boot it belongs to. */
export interface ProcessIdentity {
    readonly pid: number;
    readonly startTicks: string;
    readonly bootId: string;
}

const bootIdFile = "/proc/sys/kernel/random/boot_id";

/**
 * A shell program that writes its own identity to the file named by its first argument and then becomes the program
 * named by the others. The process records itself, so there is no moment at which it runs and nobody knows of it.
 */
export const recordAndBecome = `
read -r boot < ${bootIdFile} && read -r stat < /proc/$$/stat &&
printf '%s\\n%s\\n' "$boot" "$stat" > "$0.unfinished" && mv "$0.unfinished" "$0" && exec "$@"`;

/** Reads what {@link recordAndBecome} wrote. */
export function parseIdentity(text: string): ProcessIdentity {
    const [bootId = "", stat = ""] = text.split("\n");
    return { bootId, pid: Number.parseInt(stat, 10), startTicks: parseStat(stat).startTicks };
}

/** Whether the very process is still there; one that ended and was not yet collected by its parent is not. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
    if ((await readFile(bootIdFile, "utf8")).trim() !== identity.bootId) {
        return false;
    }
    try {
        const { state, startTicks } = parseStat(await readFile(`/proc/${identity.pid}/stat`, "utf8"));
        return state !== "Z" && state !== "X" && startTicks === identity.startTicks;
    } catch {
        return false;
    }
}

/** Fields of /proc/PID/stat (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html), of which the second may hold spaces. */
function parseStat(stat: string): { readonly state: string; readonly startTicks: string } {
    const fromThird = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fromThird[0] ?? "", startTicks: fromThird[19] ?? "" };
}
