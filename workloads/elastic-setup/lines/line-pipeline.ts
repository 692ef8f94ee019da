// The ingest pipeline that makes a document of each line. It is the indices' own (`index.final_pipeline`), so that neither
// a line nor its shipper can name another one. docs/decisions says why lines are decoded here and not in Filebeat.

import type { Json, JsonObject } from "../json-object.ts";
import type { Plan } from "../plan.ts";
import { lineScript } from "./line-script.ts";
import { promisedFields, timeKeys } from "./promised-fields.ts";

const day = 24 * 60 * 60 * 1000;

/** A line whose time is further ahead than this, in milliseconds, is flagged. */
const clockSkew = day;

/** A line whose time is longer ago than this, in milliseconds, is flagged. */
const oldest = 366 * day;

/**
 * Fields of a document that are no application's, each with what it is: the shipper's, those of a restored line, and
 * Elasticsearch's own. One that is something else is an application's, from the program that decoded the line.
 */
const own: JsonObject = {
    ...{ "@timestamp": "any", message: "text", category: "text", application: "object" },
    ...{ kubernetes: "object", "kubernetes.node": "object", "kubernetes.node.name": "text" },
    ...{ host: "object", "host.name": "text" },
    ...{ log: "object", "log.file": "object", "log.file.path": "text" },
    archive: "object",
    ...Object.fromEntries(
        ["_index", "_id", "_version", "_version_type", "_routing", "_type", "_if_seq_no", "_if_primary_term"].map(
            (name) => [name, "any"],
        ),
    ),
    _dynamic_templates: "any",
};

/**
 * Where rotation has given back disk space (docs/log-rotation.md), a Filebeat without its registry reads zero bytes up to the
 * end of a block, and then the end of a line that was shipped before. A line behind zero bytes of another kind is kept.
 */
const isEndOfShippedLine = `
if (!(ctx.message instanceof String) || ctx.message.length() < 1000 || (int) ctx.message.charAt(0) != 0) { return false; }
String line = ctx.message;
int zeros = 1;
while (zeros < line.length() && (int) line.charAt(zeros) == 0) { zeros++; }
return zeros >= 1000 && ctx.log?.offset instanceof Number && (ctx.log.offset + zeros) % 4096 == 0
    && (zeros == line.length() || line.charAt(zeros) != (char) '{');
`;

/** Words of a text line that are its level. */
const levels: JsonObject = {
    ...Object.fromEntries(
        [
            "TRACE",
            "DEBUG",
            "INFO",
            "NOTICE",
            "WARN",
            "ERROR",
            "FATAL",
            "CRITICAL",
            "SEVERE",
            "ALERT",
            "EMERG",
            "PANIC",
        ].map((word) => [word, word.toLowerCase()]),
    ),
    ...{ WARNING: "warn", WRN: "warn", ERR: "error", INF: "info", DBG: "debug", CRIT: "critical", FTL: "fatal" },
    // .NET's console.
    ...{ FAIL: "error", DBUG: "debug", TRCE: "trace" },
};

/** What the pipeline has to know of a stack. */
export type LineRules = Pick<Plan, "keepsRawLine" | "categories">;

/** The pipeline's body. It refuses no line: what it can't decode is kept whole, as a text. */
export function linePipeline({ keepsRawLine = true, categories }: LineRules): JsonObject {
    const byCategory = (value: (category: Plan["categories"][number]) => string | undefined): JsonObject =>
        Object.fromEntries(
            categories.flatMap((category): readonly [string, string][] => {
                const set = value(category);
                return set === undefined ? [] : [[category.name, set]];
            }),
        );
    const texts = categories.filter(({ format }) => format === "text").map(({ name }) => name);
    const params: JsonObject = {
        names: names(),
        times: timeKeys,
        zones: byCategory(({ timeZone }) => timeZone),
        formats: byCategory(({ timeFormat }) => timeFormat),
        texts,
        levels,
        own,
        keepsRawLine,
        clockSkew,
        oldest,
    };
    return {
        description: "Makes a document of each line: its time, its promised fields, everything else under application",
        processors: [
            { drop: { if: isEndOfShippedLine } },
            {
                json: {
                    field: "message",
                    target_field: "application",
                    allow_duplicate_keys: true,
                    if: `ctx.message instanceof String && ctx.message.startsWith('{')${
                        texts.length === 0
                            ? ""
                            : ` && !${JSON.stringify(texts).replaceAll('"', "'")}.contains(ctx.category)`
                    }`,
                    ignore_failure: true,
                },
            },
            { script: { lang: "painless", source: lineScript, params } },
        ],
        on_failure: [
            {
                script: {
                    lang: "painless",
                    source: "if (ctx.event?.original != null) { ctx.message = ctx.event.original; } for (def key : ['application', 'number', 'text', 'event', 'error']) { ctx.remove(key); }",
                },
            },
            { set: { field: "error.type", value: "line_not_decoded" } },
            {
                set: {
                    field: "error.message",
                    value: "The line could not be decoded; it is in the field message, whole.",
                },
            },
        ],
    };
}

/** Each name under which applications write a promised field, with the field, the name's rank and whether it is moved. */
function names(): JsonObject {
    return Object.fromEntries(
        promisedFields.flatMap(({ name, writtenAs, isMoved = false }) =>
            writtenAs.map((key, rank): [string, Json] => [key, [name, rank, isMoved]]),
        ),
    );
}
