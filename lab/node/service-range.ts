// What is still addressed to a Service when nobody has translated it: a Service without pods, or one that kube-proxy does
// not know (yet). It must not leave the machine, where somebody might answer.

import type { ClusterNetwork } from "../control-plane/network.ts";
import { administratorPath, findProgram } from "../tools/debian-packages.ts";
import { run } from "../tools/run.ts";

/** A table of nftables: it has its say whatever the chains of iptables accept, as kube-router's do before kube-proxy's. */
const table = "chattingo-lab";

const env = { PATH: administratorPath() };

/** Refuses every connection to the range of the Services that is not translated. */
export async function closeServiceRange({ serviceCidr }: ClusterNetwork): Promise<void> {
    await openServiceRange();
    // The filter chains of iptables are at priority 0, and what they accept comes here all the same
    // (https://wiki.nftables.org/wiki-nftables/index.php/Configuring_chains#Base_chain_priority).
    const chain = (hook: string) =>
        `chain ${hook} {\n type filter hook ${hook} priority 10;\n ip daddr ${serviceCidr} reject\n}\n`;
    const input = `table ip ${table} {\n${chain("forward")}${chain("output")}}\n`;
    await run("nft", ["--file", "-"], { input, env });
}

/** Takes that back; does nothing where nothing is closed. */
export async function openServiceRange(): Promise<void> {
    if (await isServiceRangeClosed()) {
        await run("nft", ["delete", "table", "ip", table], { env });
    }
}

/** Whether a lab has closed the range on this machine. */
export async function isServiceRangeClosed(): Promise<boolean> {
    const program = await findProgram("nft");
    return program !== undefined && (await run(program, ["list", "tables"])).split("\n").includes(`table ip ${table}`);
}
