// The objects of Elasticsearch: policies that delete, templates that say how log lines are stored and found.

import { canaryStreamOf } from "../canary-stream.ts";
import { anyRestoredStream } from "../restored-streams.ts";
import type { Plan } from "./plan.ts";
import { rolloverDays } from "./rollover.ts";

/** JSON, as Elasticsearch takes it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [name: string]: Json };

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
const pipeline = "chattingo-order";

/** The category of lines that Elasticsearch refused, which Filebeat then sends whole. */
const deadLetterCategory = "dead-letter";

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
    const streamOf = (category: string) => `chattingo-${category}-${stack}`;
    return [
        ...categories.map(({ name, retentionDays }) => ({ name: streamOf(name), retentionDays })),
        { name: streamOf(deadLetterCategory), retentionDays: longest, isLastResort: true },
        { name: canaryStreamOf(stack), retentionDays: canaryRetentionDays },
    ];
}

/** Every object, in the order in which they have to be made. */
export function searchObjects(plan: Plan): readonly WantedObject[] {
    const streams = dataStreams(plan);
    return [
        ...streams.map(policy),
        orderingPipeline(plan),
        {
            kind: "component template",
            name: named(settingsTemplate, plan),
            body: { template: { settings: settings(plan) } },
        },
        { kind: "component template", name: named(mappingsTemplate, plan), body: { template: { mappings } } },
        ...streams.map((stream) => template(stream, plan)),
        restoredTemplate,
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

/**
 * Does nothing, and thereby makes Elasticsearch write the document anew, with its fields in an order that is nearly the
 * same for all: Filebeat sends them in any order, which takes a twentieth more of the disk.
 */
function orderingPipeline(plan: Plan): WantedObject {
    return {
        kind: "ingest pipeline",
        name: named(pipeline, plan),
        body: { description: "Brings the fields of lines into one order, which compresses better", processors: [] },
    };
}

function template({ name, isLastResort = false }: KeptStream, plan: Plan): WantedObject {
    // What is refused because somebody has deleted the pipeline must not be refused twice.
    const order: JsonObject = isLastResort ? {} : { final_pipeline: named(pipeline, plan) };
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
            template: { settings: { index: { lifecycle: { name }, ...order } } },
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
const keyword: JsonObject = { type: "keyword", ignore_above: 1024 };

/** A number that is found in its column, which is slower than in a tree and takes half as much of the disk. */
const number: JsonObject = { type: "double", index: false };

/**
 * How the fields of a line are indexed. `subobjects: false` makes every field a leaf with dots in its name, so that
 * applications of which one writes `error: "text"` and another `error: { code: 7 }` do not exclude each other
 * (https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/subobjects).
 */
export const mappings: JsonObject = {
    dynamic: true,
    subobjects: false,
    // A text that looks like a date or a number today may look otherwise tomorrow.
    date_detection: false,
    numeric_detection: false,
    dynamic_templates: [
        { texts: { match_mapping_type: "string", mapping: keyword } },
        // Whatever follows a first true or false can be a text.
        { booleans: { match_mapping_type: "boolean", mapping: keyword } },
        // One fraction among whole numbers would be cut off.
        { numbers: { match_mapping_type: "long", mapping: number } },
        { fractions: { match_mapping_type: "double", mapping: number } },
    ],
    properties: {
        "@timestamp": { type: "date" },
        message: { type: "text", norms: false },
        category: keyword,
        user_id: keyword,
        "kubernetes.node.name": keyword,
        "host.name": keyword,
        "log.file.path": keyword,
        "log.offset": { type: "long", index: false },
        "error.message": { type: "text", norms: false },
        "error.type": keyword,
    },
};

/**
 * How restored lines are kept: as the live ones, with the place in the archive that each is from. No lifecycle: people
 * delete these streams when they are done. It depends on no plan, so that whoever restores makes the very same.
 */
export const restoredTemplate: WantedObject = {
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
                    "archive.key": keyword,
                    "archive.line": { type: "long" },
                },
            },
        },
    },
};
