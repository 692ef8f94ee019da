// The volume on which tests rotate logs. The program asks how full the volume of the logs is and rightly stops waiting
// for Filebeat on one that is nearly full, so tests on the machine's own disk would depend on what else lies there.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Bytes of the volume. The file behind it is sparse: it takes what is on the volume, and gives back what is deleted. */
const size = 20 * 1024 ** 3;

let made: string | undefined;

/**
 * Folder of a nearly empty ext4 volume, as a node's disk has it; made for the first test that asks, for all of the
 * process, and taken away when the process ends. Needs root, as other tests with volumes of their own do.
 *
 * @throws an error with what mkfs.ext4 or mount said
 */
export function logVolume(): string {
    made ??= makeVolume();
    return made;
}

function makeVolume(): string {
    const folder = mkdtempSync(join(tmpdir(), "log-volume-"));
    const image = join(folder, "image");
    const mountPoint = join(folder, "volume");
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(image, "");
    truncateSync(image, size);
    mkdirSync(mountPoint);
    execFileSync("mkfs.ext4", ["-q", "-m", "0", image]);
    // Without the background initialisation of a volume that lives for minutes.
    execFileSync("mount", ["-o", "loop,discard,noinit_itable", image, mountPoint]);
    // Lazy: a program that a failed test left behind must not keep the volume. Before the folder is removed.
    process.prependOnceListener("exit", () => execFileSync("umount", ["--lazy", mountPoint]));
    return mountPoint;
}
