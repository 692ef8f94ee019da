// The network interface `lab0`: an address at which pods reach this machine and nobody outside of it does.

import { run } from "../tools/run.ts";

const interfaceName = "lab0";

/**
 * Makes the interface with its address.
 *
 * @param owner the lab's state folder; kept as the interface's alias, so that another lab is not taken for this one
 * @throws an error when the interface is there already and belongs to another lab
 */
export async function addHostInterface(address: string, owner: string): Promise<void> {
    const existing = await ownerOfInterface();
    if (existing !== undefined && existing !== owner) {
        throw new Error(
            `the network interface ${interfaceName} is there already and belongs to ${existing || "something else"}: a machine holds one lab with a real node. End that one, or remove what it left: ip link delete ${interfaceName}`,
        );
    }
    const commands = [
        // A bridge without ports: kernels made for small virtual machines have bridges, not always dummy interfaces.
        ...(existing === undefined ? [`link add ${interfaceName} type bridge`] : []),
        `link set dev ${interfaceName} alias "${owner}"`,
        `address replace ${address}/32 dev ${interfaceName}`,
        `link set dev ${interfaceName} up`,
    ];
    await run("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n` });
}

/** Removes the interface if it belongs to this lab. */
export async function removeHostInterface(owner: string): Promise<void> {
    if ((await ownerOfInterface()) === owner) {
        await run("ip", ["link", "delete", interfaceName]);
    }
}

/** Alias of the interface; `undefined` when there is no such interface. */
async function ownerOfInterface(): Promise<string | undefined> {
    const links = JSON.parse(await run("ip", ["-json", "link", "show"])) as readonly {
        readonly ifname: string;
        readonly ifalias?: string;
    }[];
    const link = links.find(({ ifname }) => ifname === interfaceName);
    return link === undefined ? undefined : (link.ifalias ?? "");
}
