// A log tree that a real Filebeat ships into a real Elasticsearch, with a stack's configuration and what elastic-setup makes.

import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "@elastic/elasticsearch";
import { parse, stringify } from "yaml";
import { searchPlan } from "../../../components/elastic-setup.ts";
import { filebeatConfig } from "../../../components/filebeat-config.ts";
import { type LogCategory, logCategories } from "../../../formats/log-categories.ts";
import { endProgram } from "../../../lab/end-program.ts";
import { freePort } from "../../../lab/free-port.ts";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { readPlan } from "../../../workloads/elastic-setup/plan.ts";
import { setUpElasticsearch } from "../../../workloads/elastic-setup/set-up-elasticsearch.ts";
import { until } from "../../until.ts";

/** A document as search has it. */
export interface FoundDocument {
    readonly id: string;
    readonly index: string;
    readonly source: Readonly<Record<string, unknown>>;
}

/** How lines are shipped. */
export interface LineShippingOptions {
    readonly elasticsearch: string;
    /** Name of a stack that nobody else has in this Elasticsearch. */
    readonly stack: string;
    /** Applications beside the six categories. */
    readonly applications?: readonly LogCategory[];
    /** Keep raw lines; true by default. */
    readonly keepRawLine?: boolean;
    /**
     * By how much the time is shorter for which Filebeat holds a quiet file open, because no test can wait so long; 1 by
     * default.
     */
    readonly heldOpenDividedBy?: number;
}

/** The settings of an input that a test can change. */
interface ChangeableInput {
    readonly close: { readonly on_state_change: { inactive: string } };
}

/** The tree, and what ships it. */
export class LineShipping {
    readonly client: Client;
    readonly root: string;
    readonly categories: readonly LogCategory[];
    readonly #options: LineShippingOptions;
    readonly #folder: string;
    #port = 0;
    #filebeat: ChildProcess | undefined;
    #log = "";

    private constructor(options: LineShippingOptions) {
        this.#options = options;
        this.#folder = mkdtempSync(join(tmpdir(), "line-shipping-"));
        this.root = join(this.#folder, "log");
        this.categories = [...logCategories, ...(options.applications ?? [])];
        this.client = new Client({ node: options.elasticsearch, requestTimeout: 60_000 });
    }

    /** Sets up Elasticsearch and makes the directories; Filebeat is started by {@link start}. */
    static async create(options: LineShippingOptions): Promise<LineShipping> {
        const shipping = new LineShipping(options);
        for (const { directory } of shipping.categories) {
            mkdirSync(join(shipping.root, directory), { recursive: true });
        }
        const rules = {
            stack: options.stack,
            categories: shipping.categories,
            retentionDays: 30,
            keepRawLine: options.keepRawLine ?? true,
            nodes: 1,
        };
        await setUpElasticsearch(shipping.client, readPlan("plan", searchPlan(rules)), () => undefined);
        return shipping;
    }

    /** Path of a file of the tree. */
    path(name: string): string {
        return join(this.root, name);
    }

    /** Appends to a file of the tree. */
    append(name: string, content: string | Buffer): void {
        mkdirSync(dirname(this.path(name)), { recursive: true });
        appendFileSync(this.path(name), content);
    }

    /**
     * Starts Filebeat, with what it knew before if it ran before, and returns when it answers.
     *
     * @param elasticsearch another one than that of the options, such as one that is away
     */
    async start(elasticsearch = this.#options.elasticsearch): Promise<void> {
        this.#port = await freePort();
        const file = join(this.#folder, "filebeat.yml");
        const config = filebeatConfig({
            stack: this.#options.stack,
            logRoot: this.root,
            categories: this.categories,
            elasticsearchUrl: elasticsearch,
            httpPort: this.#port,
        });
        writeFileSync(file, this.#changed(config), { mode: 0o600 });
        const home = ["--path.home", this.#folder, "--path.data", join(this.#folder, "data"), "--strict.perms=false"];
        const program = await toolBinary("filebeat");
        this.#filebeat = spawn("setpriv", ["--pdeathsig=SIGKILL", program, "-c", file, ...home], {
            env: { PATH: process.env.PATH, NODE_NAME: "node-1", GOMEMLIMIT: "400MiB" },
            stdio: ["ignore", "ignore", "pipe"],
        });
        this.#filebeat.stderr?.on("data", (piece) => {
            this.#log = `${this.#log}${piece}`.slice(-100_000);
        });
        await until("Filebeat answers", 60, () => this.stats());
    }

    #changed(config: string): string {
        const { heldOpenDividedBy = 1 } = this.#options;
        if (heldOpenDividedBy === 1) {
            return config;
        }
        const settings = parse(config) as { readonly "filebeat.inputs": readonly ChangeableInput[] };
        for (const { close } of settings["filebeat.inputs"]) {
            const milliseconds = millisecondsOf(close.on_state_change.inactive) / heldOpenDividedBy;
            close.on_state_change.inactive = `${Math.round(milliseconds)}ms`;
        }
        return stringify(settings, { aliasDuplicateObjects: false, lineWidth: 0 });
    }

    /** What Filebeat counts. */
    async stats(): Promise<Readonly<Record<string, never>>> {
        return (await (await fetch(`http://127.0.0.1:${this.#port}/stats`)).json()) as Readonly<Record<string, never>>;
    }

    /** Most memory that Filebeat had at once, in bytes; undefined if it has ended. */
    mostMemory(): number | undefined {
        const status = readFileSync(`/proc/${this.#filebeat?.pid}/status`, "utf8");
        const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
        return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    }

    /** The last of what Filebeat said. */
    get log(): string {
        return this.#log;
    }

    /** Whether Filebeat runs. */
    get isRunning(): boolean {
        return this.#filebeat !== undefined && this.#filebeat.exitCode === null && this.#filebeat.signalCode === null;
    }

    /** The documents of a file, in the order of their lines. */
    async documentsOf(name: string): Promise<readonly FoundDocument[]> {
        await this.client.indices.refresh({ index: this.streams });
        const { hits } = await this.client.search<Record<string, unknown>>({
            index: this.streams,
            size: 1000,
            query: { term: { "log.file.path": this.path(name) } },
        });
        return hits.hits
            .map(({ _id = "", _index, _source = {} }) => ({ id: _id, index: _index, source: _source }))
            .toSorted((a, b) => Number(valueAt(a.source, "log.offset")) - Number(valueAt(b.source, "log.offset")));
    }

    /** Documents that a query finds. */
    async count(query: object, index = this.streams): Promise<number> {
        return (await this.client.count({ index, query })).count;
    }

    /** Pattern of the data streams. */
    get streams(): string {
        return `chattingo-*-${this.#options.stack}`;
    }

    /** Ends Filebeat and keeps everything. */
    async stop(): Promise<void> {
        if (this.#filebeat !== undefined) {
            await endProgram(this.#filebeat);
            this.#filebeat = undefined;
        }
    }

    /** Takes Filebeat's registry away, so that it reads every file from its beginning. */
    forgetWhatWasRead(): void {
        rmSync(join(this.#folder, "data"), { recursive: true });
    }

    /** Ends Filebeat and takes everything away but what is in Elasticsearch. */
    async remove(): Promise<void> {
        await this.stop();
        await this.client.close();
        rmSync(this.#folder, { recursive: true, force: true });
    }
}

/** Of a duration in Go's notation with one unit. */
function millisecondsOf(duration: string): number {
    const [, count, unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(duration) ?? [];
    return Number(count) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? Number.NaN);
}

/** The value at a path of keys with dots; a key may have dots itself. */
export function valueAt(value: unknown, path: string): unknown {
    if (typeof value !== "object" || value === null) {
        return undefined;
    }
    const members = value as Readonly<Record<string, unknown>>;
    if (path in members) {
        return members[path];
    }
    for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) {
        const found = valueAt(members[path.slice(0, dot)], path.slice(dot + 1));
        if (found !== undefined) {
            return found;
        }
    }
    return undefined;
}
