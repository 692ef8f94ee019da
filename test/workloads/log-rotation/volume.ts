// A small file system of its own, made and unmounted by the test.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { installDebianPackages } from "../../../lab/tools/debian-packages.ts";

/** File systems that volumes of nodes have, and one in memory. */
export const fileSystems = ["tmpfs", "ext4", "xfs"] as const;

/** One of {@link fileSystems}. */
export type FileSystem = (typeof fileSystems)[number];

const mebibyte = 1024 * 1024;
/** XFS is never smaller than 300 MB. */
const leastBytes = { tmpfs: 0, ext4: 0, xfs: 320 * mebibyte };

/** A mounted volume. */
export interface Volume {
    readonly unmount: () => void;
}

/** Mounts a new volume of that many bytes, or the fewest that its file system has, at a new folder. */
export async function mountVolume(type: FileSystem, folder: string, bytes: number): Promise<Volume> {
    mkdirSync(folder, { recursive: true });
    const size = Math.max(bytes, leastBytes[type]);
    if (type === "tmpfs") {
        execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
        return { unmount: () => execFileSync("umount", [folder]) };
    }
    if (type === "xfs") {
        await installDebianPackages([{ name: "xfsprogs", provides: "mkfs.xfs" }]);
    }
    const image = `${folder}.img`;
    writeFileSync(image, "");
    truncateSync(image, size);
    execFileSync(`mkfs.${type}`, ["-q", image]);
    execFileSync("mount", ["-o", "loop", image, folder]);
    return {
        unmount: () => {
            execFileSync("umount", [folder]);
            rmSync(image);
        },
    };
}

/** Makes the directories of a log tree there. */
export function makeLogTree(root: string): void {
    for (const directory of ["app", "chat"]) {
        mkdirSync(`${root}/${directory}`, { recursive: true });
    }
}
