// Filebeat with the configuration that a stack gives it, as a process of this machine. Only where its lines go can differ.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { filebeatConfig } from "../../components/filebeat-config.ts";
import { logCategories } from "../../formats/log-categories.ts";
import { endProgram } from "../../lab/end-program.ts";
import { freePort } from "../../lab/free-port.ts";
import { toolBinary } from "../../lab/prerequisites.ts";
import { until } from "../../test/until.ts";
import { stack } from "./search-node.ts";

/** The processors that Filebeat, and whatever else ships, run on; Elasticsearch has the other one. */
export const shippingProcessors = "1";

/** Kilobytes that a file of documents may have: more than any bench writes, so that there is one. */
const largestFileKb = 10_000_000;

/** Where lines go. */
export type Output =
    /** Elasticsearch, with all that the stack's configuration says of it. */
    | { readonly elasticsearch: string }
    /** Nowhere: every line is ready to be sent, and dropped. Filebeat 7 has no output for it: the console writes a bare end of line. */
    | "null"
    /** A file that gets every document as Elasticsearch would, in the order in which they are sent. */
    | { readonly file: string };

/** A running Filebeat. */
export class ShippingFilebeat {
    readonly #process: ChildProcess;
    readonly #port: number;

    private constructor(process: ChildProcess, port: number) {
        this.#process = process;
        this.#port = port;
    }

    /**
     * Starts it and returns when it answers.
     *
     * @param folder an empty one, for its state
     * @param logRoot root of the log tree
     * @param change what is to differ from the stack's configuration beside the output
     */
    static async start(
        folder: string,
        logRoot: string,
        output: Output,
        change: (config: FilebeatConfig) => FilebeatConfig = (config) => config,
    ): Promise<ShippingFilebeat> {
        const port = await freePort();
        const text = filebeatConfig({
            stack,
            logRoot,
            categories: logCategories,
            elasticsearchUrl:
                typeof output === "object" && "elasticsearch" in output ? output.elasticsearch : "http://none",
            httpPort: port,
        });
        const config = withOutput(change(parse(text) as FilebeatConfig), output);
        await mkdir(folder, { recursive: true });
        const file = join(folder, "filebeat.yml");
        await writeFile(file, stringify(config, { aliasDuplicateObjects: false }), { mode: 0o600 });
        const paths = ["--path.home", folder, "--path.data", join(folder, "data"), "--path.logs", join(folder, "logs")];
        const child = spawn(
            // The kernel ends it when this process dies.
            "setpriv",
            [
                ...["--pdeathsig=SIGKILL", "taskset", "--cpu-list", shippingProcessors],
                ...[await toolBinary("filebeat"), "-c", file, "--strict.perms=false", ...paths],
            ],
            { env: { PATH: process.env.PATH, NODE_NAME: "bench-node" }, stdio: ["ignore", "ignore", "pipe"] },
        );
        let log = "";
        child.stderr?.on("data", (piece) => {
            log = `${log}${piece}`.slice(-8000);
        });
        const filebeat = new ShippingFilebeat(child, port);
        try {
            await until("Filebeat answers", 60, () => filebeat.acknowledged());
            return filebeat;
        } catch (error) {
            await filebeat.stop();
            throw new Error(`Filebeat did not start:\n${log}`, { cause: error });
        }
    }

    /** Lines that its output has taken. */
    async acknowledged(): Promise<number> {
        const response = await fetch(`http://127.0.0.1:${this.#port}/stats`);
        const stats = (await response.json()) as { libbeat: { output: { events: { acked: number } } } };
        return stats.libbeat.output.events.acked;
    }

    async stop(): Promise<void> {
        await endProgram(this.#process);
    }
}

/** The part of `filebeat.yml` that benches look at. */
export interface FilebeatConfig {
    readonly output: {
        readonly elasticsearch: {
            readonly hosts: readonly string[];
            readonly bulk_max_size: number;
            readonly index: string;
        };
    };
    readonly processors: readonly object[];
    readonly "filebeat.inputs": readonly object[];
}

function withOutput(config: FilebeatConfig, output: Output): object {
    const { bulk_max_size } = config.output.elasticsearch;
    if (output === "null") {
        return { ...config, output: { console: { codec: { format: { string: "" } }, bulk_max_size } } };
    }
    if ("elasticsearch" in output) {
        return config;
    }
    const [path, filename] = [dirname(output.file), basename(output.file)];
    const codec = { json: { escape_html: false } };
    return { ...config, output: { file: { path, filename, codec, bulk_max_size, rotate_every_kb: largestFileKb } } };
}
