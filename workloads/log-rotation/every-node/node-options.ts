// How Node.js is told to run the fan-out.

/**
 * `NODE_OPTIONS` of the run's pod, whose limit is 128 MiB. The nodes and Jobs of a large cluster pass through the heap as
 * short-lived garbage, a page at a time. What stays is small, but without bounds of its own the heap grows beyond the limit
 * before it is collected, and the kernel ends the pod:
 * https://nodejs.org/docs/latest-v24.x/api/cli.html#--max-old-space-sizesize-in-mib
 */
export const fanOutNodeOptions = "--max-semi-space-size=1 --max-old-space-size=32";
