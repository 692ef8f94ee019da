// Which chains of iptables the node's programs made, and how to take them away without touching anybody else's.

import { administratorPath, findProgram } from "../tools/debian-packages.ts";
import { run } from "../tools/run.ts";

/** Names of chains by table, for example `nat` to `KUBE-SERVICES`. */
export type Chains = Readonly<Record<string, readonly string[]>>;

/** The two families of addresses, as names of iptables programs; kubelet and kube-proxy write to both. */
export const addressFamilies = ["iptables", "ip6tables"] as const;

/** One of the two programs. */
export type AddressFamily = (typeof addressFamilies)[number];

/** Chains of kubelet and kube-proxy, of CNI plugins, and of the lab. */
const nodeChain = /^(KUBE|CNI|LAB)-/;

/** Chains of the kinds that a node makes, as they are on the host now; none where iptables is not installed. */
export async function nodeChains(family: AddressFamily): Promise<Chains> {
    return chainsIn(await savedRules(family));
}

/** Removes all chains of the kinds that a node makes but those in `kept`, and the rules that lead to them. */
export async function removeNodeChains(family: AddressFamily, kept: Chains): Promise<void> {
    const commands = removalCommands(await savedRules(family), kept);
    if (commands.length > 0) {
        await restore(family, commands);
    }
}

/** Adds chains and rules for IPv4, given as lines in the format of `iptables-save`, to those that are there. */
export function addRules(lines: readonly string[]): Promise<void> {
    return restore("iptables", lines);
}

/** The chains of a node in the output of `iptables-save`. */
export function chainsIn(saved: string): Chains {
    return Object.fromEntries(parseTables(saved).map(({ name, chains }) => [name, chains.filter(isNodeChain)]));
}

/**
 * Lines for `iptables-restore --noflush` that undo what a node did to `saved`, the output of `iptables-save`; none when
 * there is nothing to undo.
 */
export function removalCommands(saved: string, kept: Chains): readonly string[] {
    const commands: string[] = [];
    for (const { name, chains, rules } of parseTables(saved)) {
        const doomed = chains.filter((chain) => isNodeChain(chain) && !kept[name]?.includes(chain));
        if (doomed.length === 0) {
            continue;
        }
        const deletions = rules
            .filter(({ chain, target }) => doomed.includes(target) && !doomed.includes(chain))
            .map(({ text }) => text.replace(/^-A/, "-D"));
        commands.push(
            `*${name}`,
            ...deletions,
            ...doomed.map((chain) => `-F ${chain}`),
            ...doomed.map((chain) => `-X ${chain}`),
            "COMMIT",
        );
    }
    return commands;
}

interface Table {
    readonly name: string;
    readonly chains: string[];
    readonly rules: { readonly chain: string; readonly target: string; readonly text: string }[];
}

function parseTables(saved: string): readonly Table[] {
    const tables: Table[] = [];
    for (const line of saved.split("\n")) {
        const [, kind, name = ""] = /^(\*|:|-A )(\S+)/.exec(line) ?? [];
        if (kind === "*") {
            tables.push({ name, chains: [], rules: [] });
        } else if (kind === ":") {
            tables.at(-1)?.chains.push(name);
        } else if (kind === "-A ") {
            const [, target = ""] = /\s(?:-j|-g) (\S+)/.exec(line) ?? [];
            tables.at(-1)?.rules.push({ chain: name, target, text: line });
        }
    }
    return tables;
}

function isNodeChain(name: string): boolean {
    return nodeChain.test(name);
}

async function restore(family: AddressFamily, lines: readonly string[]): Promise<void> {
    const input = lines.map((line) => `${line}\n`).join("");
    await run(`${family}-restore`, ["--noflush", "--wait"], { input, env: { PATH: administratorPath() } });
}

async function savedRules(family: AddressFamily): Promise<string> {
    const program = await findProgram(`${family}-save`);
    return program === undefined ? "" : run(program, [], { env: { PATH: administratorPath() } });
}
