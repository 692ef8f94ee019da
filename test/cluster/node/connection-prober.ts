// Runs in a pod: accepts connections on the ports of the environment variable PORTS, separated by commas, and tries those
// that it is asked for by POST on port 8080, a JSON array of addresses and ports. The answer says of each whether it opened.

import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";

/** One connection to try. */
export interface Target {
    readonly address: string;
    readonly port: number;
}

/** Milliseconds after which a connection counts as held back: a firewall may drop without a word. */
const patience = 1000;

function opens({ address, port }: Target): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host: address, port, timeout: patience });
        const end = (isOpen: boolean) => {
            socket.destroy();
            resolve(isOpen);
        };
        socket.on("connect", () => end(true));
        socket.on("timeout", () => end(false));
        socket.on("error", () => end(false));
    });
}

for (const port of (process.env.PORTS ?? "").split(",")) {
    createServer((socket) => socket.end()).listen(Number(port));
}
createHttpServer(async (request, response) => {
    const targets = request.method === "POST" ? (JSON.parse(await text(request)) as readonly Target[]) : [];
    response.end(JSON.stringify(await Promise.all(targets.map(opens))));
}).listen(8080);
process.on("SIGTERM", () => process.exit());
