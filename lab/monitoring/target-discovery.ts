// Answers Prometheus' HTTP service discovery with the endpoints of a namespace (see endpoint-targets.ts), asked of the API
// server again each time:
//
//   node target-discovery.ts --kubeconfig FILE --port PORT
//
// GET /targets?namespace=NAMESPACE gives the targets, GET /ready says that it listens.

import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { Agent, get } from "node:https";
import { json } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { endpointTargets } from "./endpoint-targets.ts";

interface Kubeconfig {
    readonly clusters: readonly [
        { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } },
    ];
    readonly users: readonly [
        { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } },
    ];
}

const { values } = parseArgs({ options: { kubeconfig: { type: "string" }, port: { type: "string" } } });
const { kubeconfig, port } = values;
if (kubeconfig === undefined || port === undefined) {
    console.error("target-discovery: --kubeconfig FILE and --port PORT are expected");
    process.exitCode = 2;
} else {
    serve(JSON.parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig, Number(port));
}

function serve({ clusters: [{ cluster }], users: [{ user }] }: Kubeconfig, listenPort: number): void {
    const decoded = (data: string) => Buffer.from(data, "base64");
    const agent = new Agent({
        keepAlive: true,
        ca: decoded(cluster["certificate-authority-data"]),
        cert: decoded(user["client-certificate-data"]),
        key: decoded(user["client-key-data"]),
    });

    /** Objects of a type in a namespace. */
    function list<T>(namespace: string, type: string): Promise<readonly T[]> {
        const url = `${cluster.server}/api/v1/namespaces/${encodeURIComponent(namespace)}/${type}`;
        return new Promise((resolve, reject) => {
            get(url, { agent }, (response) => {
                json(response).then((answer) => {
                    if (response.statusCode === 200) {
                        resolve((answer as { readonly items: readonly T[] }).items);
                    } else {
                        reject(new Error(`${url} answered ${response.statusCode}: ${JSON.stringify(answer)}`));
                    }
                }, reject);
            }).on("error", reject);
        });
    }

    async function answerTargets(namespace: string, response: ServerResponse): Promise<void> {
        try {
            const [services, endpoints, pods] = await Promise.all([
                list<never>(namespace, "services"),
                list<never>(namespace, "endpoints"),
                list<never>(namespace, "pods"),
            ]);
            response.writeHead(200, { "content-type": "application/json" });
            response.end(JSON.stringify(endpointTargets({ services, endpoints, pods })));
        } catch (error) {
            // Prometheus keeps the targets that it has.
            console.error(String(error));
            response.writeHead(502).end();
        }
    }

    const server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? "/", "http://discovery");
        const namespace = searchParams.get("namespace");
        if (pathname === "/targets" && namespace !== null) {
            void answerTargets(namespace, response);
        } else {
            response.writeHead(pathname === "/ready" ? 200 : 404).end();
        }
    });
    server.listen(listenPort, "127.0.0.1");
}
