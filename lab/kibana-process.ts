// Kibana's stand-in as an ordinary process of this machine, for tests that need no cluster.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePort } from "./free-port.ts";
import type { KibanaVersion } from "./kibana/discover-session.ts";

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
 * @param settings beside those, such as name and password for Elasticsearch, as kibana.yml has them
 * @param version for which it stands in
 */
export async function startKibana(
    elasticsearchUrl: string,
    settings: Readonly<Record<string, unknown>> = {},
    version: KibanaVersion = "9.4.3",
): Promise<KibanaProcess> {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), "kibana-"));
    const file = join(folder, "kibana.yml");
    const own = { "elasticsearch.hosts": [elasticsearchUrl], "server.host": "127.0.0.1", "server.port": port };
    await writeFile(file, stringify({ ...settings, ...own }, { aliasDuplicateObjects: false }), { mode: 0o600 });
    const child = spawn(process.execPath, [join(import.meta.dirname, "kibana/main.ts"), file], {
        env: { ...process.env, STAND_IN_VERSION: version },
        stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve())).then(() =>
        rm(folder, { recursive: true, force: true }),
    );
    await Promise.race([
        new Promise((resolve) => child.stdout.once("data", resolve)),
        ended.then(() => {
            throw new Error("Kibana's stand-in ended before it listened; run lab/kibana/main.ts by hand to see why");
        }),
    ]);
    return {
        url: settings["server.ssl.enabled"] === true ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
        stop: () => {
            child.kill();
            return ended;
        },
    };
}
