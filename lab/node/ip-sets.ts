// Which IP sets the node's firewall made, and how to take them away without touching anybody else's.

import { administratorPath, findProgram } from "../tools/debian-packages.ts";
import { run } from "../tools/run.ts";

/** Sets of kube-router's firewall (kubeSourceIPSetPrefix and its like in pkg/controllers/netpol/network_policy_controller.go). */
const nodeSet = /^KUBE-(SRC|DST)-/;

/** IP sets of the kind that a node makes, as they are on the host now; none where ipset is not installed. */
export async function nodeIpSets(): Promise<readonly string[]> {
    const program = await findProgram("ipset");
    const list = program === undefined ? "" : await run(program, ["list", "-name"]);
    return list.split("\n").filter((name) => nodeSet.test(name));
}

/** Removes all IP sets of the kind that a node makes but those in `kept`; no rule may name them any more. */
export async function removeNodeIpSets(kept: readonly string[]): Promise<void> {
    for (const name of await nodeIpSets()) {
        if (!kept.includes(name)) {
            await run("ipset", ["destroy", name], { env: { PATH: administratorPath() } });
        }
    }
}
