// Ports for what is started beside others and told its port from outside.

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A TCP port that nobody listens on at this moment, on any address. */
export async function freePort(): Promise<number> {
    const server = createServer().listen(0);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}
