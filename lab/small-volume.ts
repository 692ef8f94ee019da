// A small file system in the place of a volume of the real node, whose own one is a folder on the machine's disk and
// never fills: for tests of what happens when it does.

import { stat } from "node:fs/promises";
import { kubeconfigFile } from "./cluster-kind.ts";
import { kubectl } from "./control-plane/kubectl.ts";
import { run } from "./tools/run.ts";

/** A claim's volume while it is small. */
export interface SmallVolume {
    /** Where its files are on this machine. */
    readonly folder: string;
    /** Takes the small file system away, with what is on it. What was on the volume before is there again. */
    remove(): Promise<void>;
}

/**
 * Mounts a file system in memory over the folder of the volume that is bound to the claim, with the folder's owner and
 * mode. Pods that are started afterwards see it; those that run go on with what they have.
 */
export async function makeVolumeSmall(namespace: string, claim: string, megabytes: number): Promise<SmallVolume> {
    const ask = (...args: readonly string[]) => kubectl(kubeconfigFile("node"), ["get", ...args]);
    const volume = await ask("pvc", claim, "-n", namespace, "-o", "jsonpath={.spec.volumeName}");
    const folder = await ask("pv", volume, "-o", "jsonpath={.spec.local.path}");
    const { uid, gid, mode } = await stat(folder);
    const options = `size=${megabytes}m,uid=${uid},gid=${gid},mode=${(mode & 0o7777).toString(8)}`;
    await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
    return {
        folder,
        remove: async () => {
            // Pods that still use it keep it until they end.
            await run("umount", ["--lazy", folder]);
        },
    };
}
