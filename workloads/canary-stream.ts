// Names of the canary: lines of the system's own that show whether lines come into search
// (docs/decisions/0014-a-canary-on-every-node.md).

/** What stands in the field `category` of the canary's lines; no category of users' lines has this name. */
export const canaryCategory = "canary";

/**
 * The data stream of a stack's canary lines. Its name is outside of `chattingo-*`, so that whoever searches or counts
 * users' lines never meets one of them.
 */
export function canaryStreamOf(stack: string): string {
    return `canary-chattingo-${stack}`;
}
