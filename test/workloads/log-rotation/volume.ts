// A small file system of its own, made and unmounted by the test.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { installDebianPackages } from "../../../lab/tools/debian-packages.ts";

/** File systems that volumes of nodes have, and one in memory. */
export const fileSystems = ["tmpfs", "ext4", "xfs", "btrfs"] as const;

/** One of {@link fileSystems}. */
export type FileSystem = (typeof fileSystems)[number];

const mebibyte = 1024 * 1024;
/** XFS is never smaller than 300 MB, btrfs than 109. */
const leastBytes = { tmpfs: 0, ext4: 0, xfs: 320 * mebibyte, btrfs: 256 * mebibyte };

/** What makes them. */
const programs = {
    ext4: [{ name: "e2fsprogs", provides: "mkfs.ext4" }],
    xfs: [{ name: "xfsprogs", provides: "mkfs.xfs" }],
    btrfs: [{ name: "btrfs-progs", provides: "mkfs.btrfs" }],
} as const;

/** A mounted volume. */
export interface Volume {
    readonly unmount: () => void;
}

/**
 * Mounts a new volume at a new folder, of that many bytes. One whose file system is never so small has a file that takes
 * the rest.
 */
export async function mountVolume(type: FileSystem, folder: string, bytes: number): Promise<Volume> {
    mkdirSync(folder, { recursive: true });
    const size = Math.max(bytes, leastBytes[type]);
    if (type === "tmpfs") {
        execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
        return { unmount: () => execFileSync("umount", [folder]) };
    }
    await installDebianPackages(programs[type]);
    const volume = mountImage(type, folder, size);
    if (size > bytes) {
        const { bavail, bsize } = statfsSync(folder);
        execFileSync("fallocate", ["--length", String(bavail * bsize - bytes), `${folder}/taken`]);
    }
    return volume;
}

/** A folder whose content may take so many bytes: a subvolume of btrfs with a limit, beyond which writes fail with EDQUOT. */
export async function mountQuota(folder: string, bytes: number): Promise<Volume & { readonly limited: string }> {
    await installDebianPackages(programs.btrfs);
    const volume = mountImage("btrfs", folder, leastBytes.btrfs);
    const limited = `${folder}/limited`;
    const btrfs = (...args: readonly string[]) =>
        execFileSync("btrfs", args, { stdio: ["ignore", "ignore", "inherit"] });
    btrfs("quota", "enable", folder);
    btrfs("subvolume", "create", limited);
    btrfs("qgroup", "limit", String(bytes), limited);
    return { ...volume, limited };
}

function mountImage(type: "ext4" | "xfs" | "btrfs", folder: string, bytes: number): Volume {
    mkdirSync(folder, { recursive: true });
    const image = `${folder}.img`;
    writeFileSync(image, "");
    truncateSync(image, bytes);
    execFileSync(`mkfs.${type}`, ["-q", image], { stdio: ["ignore", "ignore", "inherit"] });
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
