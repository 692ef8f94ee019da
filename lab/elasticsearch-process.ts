// Elasticsearch as an ordinary process of this machine, for tests and tools that need no cluster.

import { type ChildProcess, spawn } from "node:child_process";
import { chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { elasticsearchDistribution } from "./elasticsearch/distribution.ts";
import { requireJdk } from "./elasticsearch/jdk.ts";
import { lifecyclePlugin, lifecyclePluginName } from "./elasticsearch/lifecycle-plugin.ts";
import { quickCompiler } from "./elasticsearch/quick-compiler.ts";
import { run } from "./tools/run.ts";

/** How Elasticsearch is started. */
export interface ElasticsearchOptions {
    /** Settings beside the ones that this file makes, by their full name, such as `path.repo`. Security is off by default. */
    readonly settings?: Readonly<Record<string, unknown>>;
    /** Files in its `config` folder beside the distribution's, by their path there. */
    readonly files?: Readonly<Record<string, string>>;
    /** Certificate of the authority that its own comes from, in PEM, when `settings` turn on TLS for HTTP. */
    readonly certificateAuthority?: string;
    /** Heap in megabytes; 512 by default. */
    readonly heapMb?: number;
    /** Let the JVM optimise what runs often, as in production: for what is measured. False by default. */
    readonly optimised?: boolean;
    /** Processors that it runs on, as `taskset --cpu-list` takes them, such as `0` or `0-2`; all by default. */
    readonly processors?: string;
    /** Seconds after which a start counts as failed; 180 by default, on an idle machine it takes about 15. */
    readonly startSeconds?: number;
}

/** A running Elasticsearch. */
export interface ElasticsearchProcess {
    /** Where it answers: a free port of the loopback interface, by the name `localhost` with TLS. */
    readonly url: string;
    /** Its home: `data/`, `logs/`, `config/`. */
    readonly folder: string;
    /** Process id, for tests that kill it. */
    readonly pid: number;
    /** Ends it and removes its folder; does nothing the second time. */
    stop(): Promise<void>;
}

/** Elasticsearch refuses to run as root; the same user as in the official image. */
const unprivileged = { uid: 1000, gid: 1000 };

const stopSeconds = 20;

/**
 * Starts a node with empty data and returns when it takes requests. It ends with this process, however that ends.
 *
 * @throws an error with the end of its log when it does not start
 */
export async function startElasticsearch(options: ElasticsearchOptions = {}): Promise<ElasticsearchProcess> {
    const distribution = await elasticsearchDistribution();
    const jdk = await requireJdk();
    const folder = await mkdtemp(join(tmpdir(), "elasticsearch-"));
    let child: ChildProcess | undefined;
    const stop = async () => {
        if (child !== undefined) {
            await end(child);
        }
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
        await layOut(distribution, folder, options);
        const heap = `${options.heapMb ?? 512}m`;
        const compiler = options.optimised ? [] : [quickCompiler];
        const environment = {
            PATH: "/usr/local/bin:/usr/bin:/bin",
            ES_JAVA_HOME: jdk.home,
            ES_JAVA_OPTS: [`-Xms${heap}`, `-Xmx${heap}`, ...compiler].join(" "),
            // Of the program that puts the server's command line together.
            CLI_JAVA_OPTS: quickCompiler,
            ES_TMPDIR: join(folder, "tmp"),
        };
        const pinned = options.processors === undefined ? [] : ["taskset", "--cpu-list", options.processors];
        child = spawnUnprivileged([...pinned, join(folder, "bin", "elasticsearch")], environment);
        const url = await waitForUrl(child, folder, options);
        return { url, folder, pid: child.pid ?? 0, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

/** Fills `folder` with links to the shared files and with a configuration and data of its own. */
async function layOut(distribution: string, folder: string, options: ElasticsearchOptions): Promise<void> {
    for (const name of ["bin", "lib", "modules", "plugins"]) {
        const [source, target] = [join(distribution, name), join(folder, name)];
        // Links need the same file system; the cache may be on another one.
        await run("cp", ["--archive", "--link", source, target]).catch(async () => {
            await rm(target, { recursive: true, force: true });
            await run("cp", ["--archive", source, target]);
        });
    }
    await cp(await lifecyclePlugin(distribution), join(folder, "plugins", lifecyclePluginName), { recursive: true });
    await cp(join(distribution, "config"), join(folder, "config"), { recursive: true });
    for (const name of ["data", "logs", "tmp"]) {
        await mkdir(join(folder, name));
    }
    for (const [name, content] of Object.entries(options.files ?? {})) {
        const file = join(folder, "config", name);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
    }
    const settings: Readonly<Record<string, unknown>> = {
        "cluster.name": "chattingo-test",
        "node.name": "chattingo-test",
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        // The system chooses free ports, and the node writes down which.
        "http.port": "0",
        "transport.port": "0",
        "node.portsfile": "true",
        "xpack.security.enabled": "false",
        // A machine that is full for other reasons must not make indices read-only.
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        ...options.settings,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
    await writeFile(join(folder, "config", "elasticsearch.yml"), lines.join(""));
    if (isRoot()) {
        for (const name of ["", "data", "logs", "tmp", "config"]) {
            await chown(join(folder, name), unprivileged.uid, unprivileged.gid);
        }
    }
}

function isRoot(): boolean {
    return process.getuid?.() === 0;
}

/** The kernel ends the process when its parent dies, so that a killed test leaves nothing behind. */
function unprivilegedCommand(command: readonly string[]): readonly string[] {
    const identity = [`--reuid=${unprivileged.uid}`, `--regid=${unprivileged.gid}`, "--clear-groups"];
    return ["setpriv", "--pdeathsig=SIGKILL", ...(isRoot() ? identity : []), ...command];
}

function spawnUnprivileged(command: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const [program = "", ...args] = unprivilegedCommand(command);
    // The server is a child of the launcher and reads from it: it ends itself when the launcher is gone.
    return spawn(program, args, { env, detached: true, stdio: "ignore" });
}

async function waitForUrl(child: ChildProcess, folder: string, options: ElasticsearchOptions): Promise<string> {
    const { startSeconds: seconds = 180, certificateAuthority } = options;
    const deadline = Date.now() + seconds * 1000;
    while (child.exitCode === null && child.signalCode === null && child.pid !== undefined && Date.now() < deadline) {
        const address = (await readFile(join(folder, "logs", "http.ports"), "utf8").catch(() => "")).trim();
        const url =
            certificateAuthority === undefined
                ? `http://${address}`
                : `https://localhost:${address.slice(address.lastIndexOf(":") + 1)}`;
        if (address !== "" && (await answers(url, certificateAuthority))) {
            return url;
        }
        await delay(200);
    }
    const log = await readFile(join(folder, "logs", "chattingo-test.log"), "utf8").catch(() => "it wrote no log");
    throw new Error(
        `Elasticsearch did not start within ${seconds} s:\n${log.trimEnd().split("\n").slice(-20).join("\n")}`,
    );
}

/** With security a request without a user is refused, which is an answer too. */
function answers(url: string, certificateAuthority: string | undefined): Promise<boolean> {
    const get = certificateAuthority === undefined ? http.get : https.get;
    return new Promise((resolve) => {
        get(url, { ca: certificateAuthority, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode === 200 || response.statusCode === 401);
        }).once("error", () => resolve(false));
    });
}

async function end(child: ChildProcess): Promise<void> {
    if (child.pid === undefined) {
        return;
    }
    const group = -child.pid;
    const deadline = Date.now() + stopSeconds * 1000;
    signal(group, "SIGTERM");
    while (signal(group, 0)) {
        if (Date.now() > deadline) {
            signal(group, "SIGKILL");
        }
        await delay(100);
    }
}

/** Whether the process group was there to get the signal. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
    try {
        return process.kill(group, name);
    } catch {
        return false;
    }
}
