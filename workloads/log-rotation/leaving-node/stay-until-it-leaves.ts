// The program of the pod that stays on each node: it follows its node, and rotates when that is about to go.

import { plain, servePages } from "../../page-server.ts";
import { accessOfThisPod } from "../every-node/cluster-api.ts";
import { rotateEverything } from "./rotate-everything.ts";
import { rotateLeavingNode } from "./rotate-leaving-node.ts";
import { watchNode } from "./watch-node.ts";
import { whyLeaving } from "./why-leaving.ts";

/** Port of the probes when the environment names none. */
export const defaultHealthPort = 9104;

/**
 * Stays until it is told to end, and has then archived what was written up to that moment.
 *
 * @throws an error when this is no pod, or when the settings are wrong
 */
export async function stayUntilItLeaves(
    environment: Readonly<Record<string, string | undefined>>,
    say: (line: string) => void,
    ending: AbortSignal,
): Promise<void> {
    const { NODE_NAME: node, HEALTH_PORT: port = String(defaultHealthPort) } = environment;
    if (!node) {
        throw new Error("NODE_NAME=: expected the name of the node that this pod runs on");
    }
    const access = accessOfThisPod(environment);
    let why: string | undefined;
    let trouble: string | undefined = "the API server has not answered yet";
    const server = await servePages(Number(port), {
        "/healthz": () => plain("ok"),
        // Rotation goes on without the API server, but nobody tells it that the node leaves.
        "/readyz": () => (trouble === undefined ? plain("ok") : { status: 503, ...plain(trouble) }),
    });
    const watching = new AbortController();
    const watched = watchNode({
        access,
        node,
        onNode: (found) => {
            why = whyLeaving(found);
        },
        onState: (now) => {
            if (now !== undefined && now !== trouble) {
                say(`WARNING: ${now}; trying again`);
            }
            trouble = now;
        },
        signal: watching.signal,
    });
    await rotateLeavingNode({ whyLeaving: () => why, rotate: () => rotateEverything(say), say, ending });
    watching.abort();
    await Promise.all([watched, server.close()]);
}
