// Bytes on disk of Elasticsearch for a byte of log, beside what Filebeat and Elasticsearch do by themselves.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toolBinary } from "../../lab/prerequisites.ts";
import { step } from "../../lab/tools/progress.ts";
import { run } from "../../lab/tools/run.ts";
import { until } from "../../test/until.ts";
import { makeLogTree, showLines, writeLines } from "./lines.ts";
import { SearchNode, streamsOfStack } from "./search-node.ts";
import { type FilebeatConfig, ShippingFilebeat } from "./shipping-filebeat.ts";

/** Most that a stack's lines may take of what the same lines take by default. */
const allowedRatio = 0.75;

const shippingSeconds = 600;

const defaultIndex = "filebeat-default";

/** @returns the bounds that are missed */
export async function measureSize(folder: string, mebibytes: number): Promise<readonly string[]> {
    const root = join(folder, "log");
    makeLogTree(root);
    const lines = writeLines(root, mebibytes * 2 ** 20);
    showLines(root);
    const bytesPerByte = (
        node: SearchNode,
        name: string,
        indices: string,
        change?: (config: FilebeatConfig) => FilebeatConfig,
    ) =>
        step(`${lines.count} lines ${name}`, undefined, async () => {
            const output = { elasticsearch: node.url };
            const state = join(folder, name.replaceAll(" ", "-"));
            const filebeat = await ShippingFilebeat.start(state, root, output, change);
            try {
                await until("all lines are found", shippingSeconds, async () =>
                    (await node.count(indices)) >= lines.count ? true : undefined,
                );
            } finally {
                await filebeat.stop();
            }
            return (await node.bytesOnDisk(indices)) / lines.bytes;
        });
    const withoutRaw = await SearchNode.start(false);
    let withoutRawLine: number;
    try {
        withoutRawLine = await bytesPerByte(withoutRaw, "without the raw line", streamsOfStack);
    } finally {
        await withoutRaw.stop();
    }
    const node = await SearchNode.start();
    try {
        await putDefaultTemplate(node, join(folder, "template"));
        const own = await bytesPerByte(node, "as a stack keeps them", streamsOfStack);
        const other = await bytesPerByte(node, "by default", defaultIndex, (config) => byDefault(config, root));
        console.log(
            `\nbytes on disk for a byte of log: ${own.toFixed(2)}, by default ${other.toFixed(2)}: ` +
                `${(own / other).toFixed(2)} of it (allowed: ${allowedRatio}); without the raw line ${withoutRawLine.toFixed(2)}`,
        );
        return own / other <= allowedRatio ? [] : [`${allowedRatio} of the bytes on disk that the default takes`];
    } finally {
        await node.stop();
    }
}

/**
 * Filebeat with the processors of the `filebeat.yml` that it comes with, as far as they add something here
 * (https://www.elastic.co/docs/reference/beats/filebeat/filebeat-reference-yml), but that it makes fields of JSON, without
 * which nobody could search for them.
 */
function byDefault(config: FilebeatConfig, root: string): FilebeatConfig {
    const { hosts, bulk_max_size } = config.output.elasticsearch;
    return {
        ...config,
        processors: [
            { add_host_metadata: {} },
            // That template has objects below "service", and refuses a line in which it is a text.
            { rename: { fields: [{ from: "service", to: "service.name" }] } },
        ],
        "filebeat.inputs": [
            {
                type: "filestream",
                id: "default",
                paths: [join(root, "*", "*.log")],
                parsers: [{ ndjson: { target: "", overwrite_keys: true } }],
            },
        ],
        output: { elasticsearch: { hosts, bulk_max_size, index: defaultIndex } },
    };
}

/** A field, or the fields below it, of a template. */
interface Field {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Field>>;
}

interface Template {
    readonly priority: number;
    readonly template: {
        readonly settings: { readonly index: object };
        readonly mappings: { readonly properties: Readonly<Record<string, Field>> };
    };
}

/** Types of fields that the lab's Elasticsearch has; no line of the bench has a field of another one. */
const knownTypes = new Set(["keyword", "long", "date", "boolean", "ip", "float", "double", "text", "nested", "object"]);

/** Puts the template that Filebeat puts by default; where its name and its lifecycle lead is the bench's. */
async function putDefaultTemplate(node: SearchNode, folder: string): Promise<void> {
    await mkdir(folder);
    const file = join(folder, "filebeat.yml");
    await writeFile(file, "output.elasticsearch.hosts: ['localhost']\n", { mode: 0o600 });
    const exported = await run(await toolBinary("filebeat"), [
        ...["export", "template", "--es.version", "8.0.0", "-c", file, "--path.home", folder, "--strict.perms=false"],
    ]);
    const { priority, template } = JSON.parse(exported) as Template;
    const index = Object.fromEntries(Object.entries(template.settings.index).filter(([name]) => name !== "lifecycle"));
    const mappings = { ...template.mappings, properties: knownFields(template.mappings.properties) };
    await node.client.transport.request({
        method: "PUT",
        path: "/_index_template/filebeat-default",
        body: {
            index_patterns: [defaultIndex],
            priority,
            allow_auto_create: true,
            data_stream: {},
            template: { settings: { index }, mappings },
        },
    });
}

function knownFields(properties: Readonly<Record<string, Field>>): Record<string, Field> {
    return Object.fromEntries(
        Object.entries(properties)
            .filter(([, { type = "object" }]) => knownTypes.has(type))
            .map(([name, field]) => [
                name,
                field.properties === undefined ? field : { ...field, properties: knownFields(field.properties) },
            ]),
    );
}
