// Brings Elasticsearch to what the plan wants, object by object. Nothing is ever deleted.

import { errors } from "@elastic/elasticsearch";
import type { ElasticsearchClient } from "../elasticsearch-apis.ts";
import { contains, withOrigin } from "./comparison.ts";
import type { JsonObject } from "./json-object.ts";
import { type Outcome, type Report, SetupError } from "./outcome.ts";
import type { Plan } from "./plan.ts";
import {
    changeableSettings,
    dataStreams,
    mappings,
    type ObjectKind,
    restoredObjects,
    searchObjects,
    type WantedObject,
} from "./search-objects.ts";

/** How an object of each kind is read and written. */
const endpoints: Readonly<Record<ObjectKind, (name: string) => string>> = {
    "ILM policy": (name) => `/_ilm/policy/${name}`,
    "ingest pipeline": (name) => `/_ingest/pipeline/${name}`,
    "component template": (name) => `/_component_template/${name}`,
    "index template": (name) => `/_index_template/${name}`,
};

/**
 * Makes or updates every object, and brings the indices that exist as near to the templates as they can be.
 *
 * @throws SetupError with the object and the answer, at the first that is refused
 */
export async function setUpElasticsearch(client: ElasticsearchClient, plan: Plan, report: Report): Promise<void> {
    let isChanged = false;
    for (const object of searchObjects(plan)) {
        const outcome = await setUp(client, object);
        isChanged ||= outcome !== "unchanged";
        report(object.kind, object.name, outcome);
    }
    for (const { name, isLastResort } of dataStreams(plan)) {
        const made = isLastResort ? await makeDataStream(client, name) : undefined;
        if (made !== undefined) {
            report("data stream", name, made);
        }
        await bringUpToDate(client, name, plan, isChanged && made !== "created", report);
    }
}

/**
 * Makes what restored lines need, for those who restore into an Elasticsearch that elastic-setup does not look after.
 *
 * @throws SetupError when it is refused
 */
export async function setUpForRestoredLines(client: ElasticsearchClient): Promise<void> {
    for (const object of restoredObjects) {
        await setUp(client, object);
    }
}

async function setUp(client: ElasticsearchClient, { kind, name, body }: WantedObject): Promise<Outcome> {
    const wanted = withOrigin(body);
    const found = await read(client, kind, name);
    if (found !== undefined && contains(found, wanted)) {
        return "unchanged";
    }
    await answered(`${kind} ${name}`, () =>
        client.transport.request({
            method: "PUT",
            path: endpoints[kind](name),
            body: kind === "ILM policy" ? { policy: wanted } : wanted,
        }),
    );
    return found === undefined ? "created" : "updated";
}

/** The object as Elasticsearch shows it, or undefined if there is none. */
async function read(client: ElasticsearchClient, kind: ObjectKind, name: string): Promise<unknown> {
    const answer = await answered(`${kind} ${name}`, () =>
        client.transport.request<Record<string, unknown>>(
            { method: "GET", path: endpoints[kind](name) },
            { ignore: [404] },
        ),
    );
    const first = (list: unknown) =>
        Array.isArray(list) ? (list[0] as Record<string, unknown> | undefined) : undefined;
    switch (kind) {
        case "ILM policy":
            return (answer[name] as { policy?: unknown } | undefined)?.policy;
        case "ingest pipeline":
            return answer[name];
        case "component template":
            return first(answer.component_templates)?.component_template;
        case "index template":
            return first(answer.index_templates)?.index_template;
    }
}

/**
 * Makes the data stream that takes refused lines, before there is one: Elasticsearch lets nobody delete the template and
 * the pipeline that it needs, and people find it in Kibana.
 */
async function makeDataStream(client: ElasticsearchClient, name: string): Promise<Outcome> {
    const isThere = await answered(`data stream ${name}`, () => client.indices.exists({ index: name }));
    if (!isThere) {
        await answered(`data stream ${name}`, () =>
            client.transport.request({ method: "PUT", path: `/_data_stream/${name}` }),
        );
    }
    return isThere ? "unchanged" : "created";
}

/**
 * Changes what can be changed in the indices of a data stream that exists. What can't, such as the type of a field, takes
 * effect in the next index, which is begun at once.
 */
async function bringUpToDate(
    client: ElasticsearchClient,
    stream: string,
    plan: Plan,
    isChanged: boolean,
    report: Report,
): Promise<void> {
    if (!isChanged || !(await answered(`data stream ${stream}`, () => client.indices.exists({ index: stream })))) {
        return;
    }
    const settings = { index: { ...changeableSettings(plan), lifecycle: { name: stream } } } as JsonObject;
    await answered(`data stream ${stream}`, () =>
        client.transport.request({ method: "PUT", path: `/${stream}/_settings`, body: settings }),
    );
    try {
        await client.transport.request({
            method: "PUT",
            path: `/${stream}/_mapping`,
            body: mappings,
        });
        report("data stream", stream, "updated", "its indices follow the templates");
    } catch (error) {
        if (!(error instanceof errors.ResponseError) || error.statusCode !== 400) {
            throw asSetupError(`data stream ${stream}`, error);
        }
        await answered(`data stream ${stream}`, () => client.indices.rollover({ alias: stream }));
        report("data stream", stream, "updated", "a new index follows the templates; older ones stay as they are");
    }
}

async function answered<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
        return await request();
    } catch (error) {
        throw asSetupError(what, error);
    }
}

/** The error in words that name the object and Elasticsearch's answer, and nothing of the request's headers. */
export function asSetupError(what: string, error: unknown): unknown {
    if (error instanceof errors.ResponseError) {
        return new SetupError(what, `Elasticsearch answered ${error.statusCode}${reasonOf(error.body?.error)}`);
    }
    return error instanceof errors.ElasticsearchClientError ? new SetupError(what, error.message) : error;
}

/** What Elasticsearch says is wrong, down to the innermost cause. */
function reasonOf(error: unknown): string {
    if (typeof error !== "object" || error === null) {
        return typeof error === "string" ? `: ${error}` : "";
    }
    const { type, reason, caused_by: cause } = error as Readonly<Record<string, unknown>>;
    const words = [type, reason].filter((each) => typeof each === "string").join(": ");
    return `${words && `: ${words}`}${reasonOf(cause)}`;
}
