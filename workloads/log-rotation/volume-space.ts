// Whether the volume of the logs is about to run full.

import { statfsSync } from "node:fs";

/**
 * Share of the volume below which it counts as nearly full: what kubelet calls disk pressure, at which it ends pods,
 * Filebeat's too (https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/, `nodefs.available`).
 */
const leastAvailable = 0.1;

/** Whether the volume on which the path is has less than a tenth of its space left. */
export function isNearlyFull(path: string): boolean {
    const { bavail, blocks } = statfsSync(path);
    return bavail < blocks * leastAvailable;
}
