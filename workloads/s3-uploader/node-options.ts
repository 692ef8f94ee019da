// How Node.js is told to run the uploader.

/**
 * `NODE_OPTIONS` of the process. Bodies pass through the heap as short-lived garbage; with a young generation of 1 MiB, in
 * place of 16, it is collected before it makes the process tens of MiB larger, and fits into the processor's cache:
 * https://nodejs.org/docs/latest-v24.x/api/cli.html#--max-semi-space-sizesize-in-mib
 */
export const uploaderNodeOptions = "--max-semi-space-size=1";
