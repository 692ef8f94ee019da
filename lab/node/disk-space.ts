// Whether the machine has the space that a real node's programs take for enough, asked before anything is started.

import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Share of a volume that has to be available. With less, rotation takes the volume for nearly full and does not wait for
 * Filebeat (`workloads/log-rotation/volume-space.ts`), and with less than a tenth Elasticsearch allocates no shard
 * (https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/cluster-level-shard-allocation-routing-settings,
 * `cluster.routing.allocation.disk.watermark`). Both are right to: a node with less shows nothing about a healthy one.
 */
const leastAvailable = 0.15;

/** How full a volume is, in bytes. */
export interface VolumeSpace {
    readonly size: number;
    readonly available: number;
}

/** The volume on which the folder is, or will be. */
export function volumeSpace(folder: string): VolumeSpace {
    if (!existsSync(folder)) {
        return volumeSpace(dirname(folder));
    }
    const { bsize, blocks, bavail } = statfsSync(folder);
    return { size: blocks * bsize, available: bavail * bsize };
}

/** What is wrong with the volume of a folder of the node, and how much has to be freed; undefined when nothing is. */
export function complaintAboutSpace(folder: string, { size, available }: VolumeSpace): string | undefined {
    const needed = size * leastAvailable;
    if (available >= needed) {
        return undefined;
    }
    const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
    return `the volume of ${folder} has ${gib(available)} of ${gib(size)} available (${Math.floor((100 * available) / size)}%): the real node needs ${gib(needed)} (${leastAvailable * 100}%), because rotation and Elasticsearch take less for a full disk. Free ${gib(needed - available)}, for example by \`go clean -cache\``;
}
