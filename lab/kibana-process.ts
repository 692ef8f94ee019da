// Kibana's stand-in as an ordinary process of this machine, for tests that need no cluster.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

/** A running stand-in. */
export interface KibanaProcess {
    /** Where it answers, by the name `localhost` with TLS. */
    readonly url: string;
    /** Ends it. */
    stop(): Promise<void>;
}

/**
 * Starts the stand-in on a free port of the loopback interface and returns when it listens.
 *
 * @param elasticsearchUrl where it keeps its saved objects
 * @param environment added to its environment, such as name and password for Elasticsearch
 */
export async function startKibana(
    elasticsearchUrl: string,
    environment: Readonly<Record<string, string>> = {},
): Promise<KibanaProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [join(import.meta.dirname, "kibana/main.ts")], {
        env: {
            ...process.env,
            ...environment,
            ELASTICSEARCH_HOSTS: elasticsearchUrl,
            SERVER_HOST: "127.0.0.1",
            SERVER_PORT: String(port),
        },
        stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    await Promise.race([
        new Promise((resolve) => child.stdout.once("data", resolve)),
        ended.then(() => {
            throw new Error("Kibana's stand-in ended before it listened; run lab/kibana/main.ts by hand to see why");
        }),
    ]);
    return {
        url: environment.SERVER_SSL_ENABLED === "true" ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
        stop: () => {
            child.kill();
            return ended;
        },
    };
}
