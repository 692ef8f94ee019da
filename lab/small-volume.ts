// A small file system in the place of a volume of the real node, whose own one is a folder on the machine's disk and
// never fills: for tests of what happens when it does.

import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigFile } from "./cluster-kind.ts";
import { kubectl } from "./control-plane/kubectl.ts";
import { run } from "./tools/run.ts";

/** A claim's volume while it is small. */
export interface SmallVolume {
    /** Where its files are on this machine. */
    readonly folder: string;
    /** Takes the small file system away. */
    remove(): Promise<void>;
}

/**
 * Mounts an empty file system in memory over the folder of the volume that is bound to the claim, with the folder's owner
 * and mode. Pods that are started afterwards see it; those that run go on with what they have. When it is removed, it goes
 * with what is on it, and what was on the volume before is there again.
 */
export async function makeVolumeSmall(namespace: string, claim: string, megabytes: number): Promise<SmallVolume> {
    const folder = await folderOf(namespace, claim);
    await mountInMemory(folder, megabytes, folder);
    return {
        folder,
        remove: async () => {
            // Pods that still use it keep it until they end.
            await run("umount", ["--lazy", folder]);
        },
    };
}

/**
 * The same with the volume's content, which is there at first and, as it is then, again when the file system is removed.
 * No pod may use the volume at either moment.
 */
export async function moveToSmallVolume(namespace: string, claim: string, megabytes: number): Promise<SmallVolume> {
    const folder = await folderOf(namespace, claim);
    const place = await mkdtemp(join(tmpdir(), "small-volume-"));
    await mountInMemory(place, megabytes, folder);
    await run("cp", ["--archive", `${folder}/.`, place]);
    await run("mount", ["--bind", place, folder]);
    return {
        folder,
        remove: async () => {
            await run("umount", ["--lazy", folder]);
            await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name), { recursive: true })));
            await run("cp", ["--archive", `${place}/.`, folder]);
            await run("umount", [place]);
            await rm(place, { recursive: true });
        },
    };
}

async function folderOf(namespace: string, claim: string): Promise<string> {
    const ask = (...args: readonly string[]) => kubectl(kubeconfigFile("node"), ["get", ...args]);
    const volume = await ask("pvc", claim, "-n", namespace, "-o", "jsonpath={.spec.volumeName}");
    return ask("pv", volume, "-o", "jsonpath={.spec.local.path}");
}

/** Mounts a file system in memory, with the owner and mode of the folder `like`. */
async function mountInMemory(place: string, megabytes: number, like: string): Promise<void> {
    const { uid, gid, mode } = await stat(like);
    const options = `size=${megabytes}m,uid=${uid},gid=${gid},mode=${(mode & 0o7777).toString(8)}`;
    await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place]);
}
