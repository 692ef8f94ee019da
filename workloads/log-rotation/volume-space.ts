// Whether the volume of the logs is about to run full.

import { statfsSync } from "node:fs";

/**
 * Share of the volume below which it counts as nearly full. Below a tenth kubelet calls it disk pressure: it ends pods
 * and starts none, rotation's neither, so this must come before
 * (https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/, `nodefs.available`).
 */
const leastAvailable = 0.15;

/** Whether the volume on which the path is has less than that left. */
export function isNearlyFull(path: string): boolean {
    const { bavail, blocks } = statfsSync(path);
    return bavail < blocks * leastAvailable;
}
