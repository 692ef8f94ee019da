// The objects of Elasticsearch: policies that delete, templates that say how log lines are stored and found.

import { anyRestoredStream, canaryStreamOf, dataStreamOf, deadLetterStreamOf } from "../../formats/data-streams.ts";
import { rolloverDays } from "../../formats/rollover.ts";
import type { JsonObject } from "./json-object.ts";
import { deadLetterPipeline } from "./lines/dead-letter-pipeline.ts";
import { linePipeline } from "./lines/line-pipeline.ts";
import { longestValue } from "./lines/line-script.ts";
import { promisedFields } from "./lines/promised-fields.ts";
import type { Plan } from "./plan.ts";

/** Kinds of objects, in the order in which they need each other. */
export type ObjectKind = "ILM policy" | "ingest pipeline" | "component template" | "index template";

/** An object as it is to be. */
export interface WantedObject {
    readonly kind: ObjectKind;
    readonly name: string;
    readonly body: JsonObject;
}

/** Shards beyond this are slow to move to another node (https://www.elastic.co/docs/deploy-manage/production-guidance/optimize-performance/size-shards). */
const rolloverShardSize = "25gb";

/** Above the templates that Elasticsearch brings along, which go up to 200. */
const priority = 500;

const settingsTemplate = "chattingo-settings";
const mappingsTemplate = "chattingo-mappings";
const pipeline = "chattingo-lines";
const lastResortPipeline = "chattingo-dead-letter";
const restoredPipelineName = "restored-chattingo";

/** Days for which the canary's lines are kept: only the newest of a node is ever asked for. */
const canaryRetentionDays = 1;

/** A data stream, and for how long its lines are kept. */
interface KeptStream {
    readonly name: string;
    readonly retentionDays: number;
    /** It takes the lines that another one refused. */
    readonly isLastResort?: boolean;
}

/** Every data stream of the stack. */
export function dataStreams({ categories, stack }: Plan): readonly KeptStream[] {
    const longest = Math.max(...categories.map(({ retentionDays }) => retentionDays));
    return [
        ...categories.map(({ name, retentionDays }) => ({ name: dataStreamOf(name, stack), retentionDays })),
        { name: deadLetterStreamOf(stack), retentionDays: longest, isLastResort: true },
        { name: canaryStreamOf(stack), retentionDays: canaryRetentionDays },
    ];
}

/** Every object, in the order in which they have to be made. */
export function searchObjects(plan: Plan): readonly WantedObject[] {
    const streams = dataStreams(plan);
    return [
        ...streams.map(policy),
        { kind: "ingest pipeline", name: named(pipeline, plan), body: linePipeline(plan) },
        { kind: "ingest pipeline", name: named(lastResortPipeline, plan), body: deadLetterPipeline },
        {
            kind: "component template",
            name: named(settingsTemplate, plan),
            body: { template: { settings: settings(plan) } },
        },
        { kind: "component template", name: named(mappingsTemplate, plan), body: { template: { mappings } } },
        ...streams.map((stream) => template(stream, plan)),
        ...restoredObjects,
    ];
}

function named(name: string, { stack }: Plan): string {
    return `${name}-${stack}`;
}

function policy({ name, retentionDays }: KeptStream): WantedObject {
    return {
        kind: "ILM policy",
        name,
        body: {
            phases: {
                hot: {
                    min_age: "0ms",
                    actions: {
                        rollover: {
                            max_age: `${rolloverDays(retentionDays)}d`,
                            max_primary_shard_size: rolloverShardSize,
                        },
                    },
                },
                // Counted from the roll-over, when the newest line in the index was written.
                delete: { min_age: `${retentionDays}d`, actions: { delete: {} } },
            },
        },
    };
}

function template({ name, isLastResort = false }: KeptStream, plan: Plan): WantedObject {
    // The indices' own and the last one: no request can name another one in its place.
    const final_pipeline = named(isLastResort ? lastResortPipeline : pipeline, plan);
    return {
        kind: "index template",
        name,
        body: {
            index_patterns: [name],
            data_stream: {},
            // Elasticsearch makes no index by itself otherwise (components/elasticsearch-files.ts).
            allow_auto_create: true,
            priority,
            composed_of: [named(settingsTemplate, plan), named(mappingsTemplate, plan)],
            template: { settings: { index: { lifecycle: { name }, final_pipeline } } },
        },
    };
}

/**
 * How the lines of an index lie on the disk. Sorted by node and time they compress better, and no tree of times is needed
 * (https://www.elastic.co/docs/manage-data/data-store/data-streams/logs-data-stream).
 */
const layout: JsonObject = { mode: "logsdb", codec: "best_compression" };

/** What was written is kept as it was, whatever the subscription: put together again from its fields it could differ. */
const storedSource: JsonObject = { mode: "stored" };

/** Settings that can be changed on an index that exists; the others wait for the next one. */
export function changeableSettings(plan: Plan): JsonObject {
    return {
        number_of_replicas: plan.replicas,
        refresh_interval: plan.refreshInterval,
        mapping: { total_fields: { limit: plan.fieldLimit, ignore_dynamic_beyond_limit: true } },
        // Where words are looked for that are given without a field.
        query: { default_field: searchedByDefault },
        search: { slowlog: { threshold: { query: { warn: "5s" }, fetch: { warn: "2s" } } } },
        indexing: { slowlog: { threshold: { index: { warn: "5s" } }, source: false } },
        // A node that is updated is back sooner; nothing is copied meanwhile.
        unassigned: { node_left: { delayed_timeout: "5m" } },
    };
}

function settings(plan: Plan): JsonObject {
    return {
        index: {
            number_of_shards: plan.shards,
            ...layout,
            ...changeableSettings(plan),
            mapping: {
                ...(changeableSettings(plan).mapping as JsonObject),
                source: storedSource,
                // A value of another type than the field's is kept and not indexed; the line is never refused for it.
                ignore_malformed: true,
            },
        },
    };
}

/** A text that is found by its whole value; a longer one is kept and not indexed. */
const keyword: JsonObject = { type: "keyword", ignore_above: longestValue };

/** A number that is found in its column, which is slower than in a tree and takes half as much of the disk. */
const number: JsonObject = { type: "double", index: false };

const text: JsonObject = { type: "text", norms: false };

/** Fields of these names, within the objects that the dots in their names mean. */
function fieldsNamed(fields: Readonly<Record<string, JsonObject>>): JsonObject {
    const properties: Record<string, JsonObject> = {};
    for (const [name, field] of Object.entries(fields)) {
        const [first = "", ...rest] = name.split(".");
        const below = rest.length === 0 ? field : fieldsNamed({ [rest.join(".")]: field });
        const there = properties[first]?.properties as JsonObject | undefined;
        properties[first] = there === undefined ? below : { properties: merged(there, below.properties as JsonObject) };
    }
    return { properties };
}

function merged(one: JsonObject, other: JsonObject): JsonObject {
    const both = { ...one, ...other };
    for (const name of Object.keys(one).filter((key) => key in other)) {
        const [left, right] = [one[name] as JsonObject, other[name] as JsonObject];
        both[name] = { properties: merged(left.properties as JsonObject, right.properties as JsonObject) };
    }
    return both;
}

/**
 * How the fields of a line are indexed. Which there are is decided here alone: whatever an application writes beside the
 * promised fields is one field, `application`, however many keys it has. Only a number becomes a field of its own below
 * `number`, so that it can be found by range; with `passthrough` it is found without that word, too
 * (docs/decisions/0022-lines-are-decoded-in-elasticsearch.md).
 */
export const mappings: JsonObject = {
    dynamic: false,
    subobjects: true,
    date_detection: false,
    numeric_detection: false,
    dynamic_templates: [{ numbers: { path_match: "number.*", mapping: number } }],
    ...fieldsNamed({
        "@timestamp": { type: "date" },
        category: keyword,
        "kubernetes.node.name": keyword,
        "host.name": keyword,
        "log.file.path": keyword,
        "log.offset": { type: "long", index: false },
        "log.flags": keyword,
        "event.ingested": { type: "date", index: false },
        "event.time_source": keyword,
        "event.time_problem": keyword,
        "event.encoding_problem": keyword,
        "event.original": text,
        ...Object.fromEntries(promisedFields.map(({ name, type }) => [name, type === "text" ? text : keyword])),
        application: { type: "flattened", ignore_above: longestValue },
        number: { type: "passthrough", priority: 10, dynamic: true },
        text,
    }),
};

/** Where words are looked for that are given without a field. */
const searchedByDefault: readonly string[] = [
    ...promisedFields.map(({ name }) => name),
    ...["event.original", "text", "application", "category", "log.file.path", "kubernetes.node.name"],
];

/** A restored line becomes the document that it was; zones of applications are not known there. */
const restoredPipeline: WantedObject = {
    kind: "ingest pipeline",
    name: restoredPipelineName,
    body: linePipeline({ keepsRawLine: true, categories: [] }),
};

/**
 * How restored lines are kept: as the live ones, with the place in the archive that each is from. No lifecycle: people
 * delete these streams when they are done. It depends on no plan, so that whoever restores makes the very same.
 */
const restoredTemplate: WantedObject = {
    kind: "index template",
    name: "restored-chattingo",
    body: {
        index_patterns: [anyRestoredStream],
        data_stream: {},
        allow_auto_create: true,
        priority,
        template: {
            settings: {
                index: {
                    number_of_shards: 1,
                    // A copy where there is a second node to hold it.
                    auto_expand_replicas: "0-1",
                    ...layout,
                    final_pipeline: restoredPipelineName,
                    query: { default_field: searchedByDefault },
                    mapping: {
                        total_fields: { ignore_dynamic_beyond_limit: true },
                        source: storedSource,
                        ignore_malformed: true,
                    },
                },
            },
            mappings: {
                ...mappings,
                properties: {
                    ...(mappings.properties as JsonObject),
                    archive: { properties: { key: keyword, line: { type: "long" } } },
                },
            },
        },
    },
};

/** What restored lines need, in the order in which it has to be made. */
export const restoredObjects: readonly WantedObject[] = [restoredPipeline, restoredTemplate];
