// The objects of Kibana: data views over the data streams, and the searches that operators start from.

import { anyDataStream, anyDataStreamOfCategory, deadLetterCategory } from "../../formats/data-streams.ts";
import type { JsonObject } from "./json-object.ts";
import type { Plan } from "./plan.ts";

/** A data view as it is to be. */
export interface WantedDataView {
    readonly id: string;
    /** Pattern of the data streams. */
    readonly title: string;
    readonly name: string;
    readonly timeFieldName: "@timestamp";
}

/** A saved search as it is to be. */
export interface WantedSearch {
    readonly id: string;
    readonly attributes: JsonObject;
    readonly references: readonly { readonly name: string; readonly type: "index-pattern"; readonly id: string }[];
}

/** One data view for each category, one of the lines that Elasticsearch refused, and one over all. */
export function dataViews({ categories }: Plan): readonly WantedDataView[] {
    return [
        ...[...categories.map(({ name }) => name), deadLetterCategory].map((name) => anyDataStreamOfCategory(name)),
        anyDataStream,
    ].map((title) => ({
        id: dataViewId(title),
        title,
        name: title,
        timeFieldName: "@timestamp",
    }));
}

/** The searches; a category that the plan lacks has none. */
export function savedSearches({ categories }: Plan): readonly WantedSearch[] {
    const has = (category: string) => categories.some(({ name }) => name === category);
    return [
        has("error") &&
            search("chattingo-recent-errors", "Errors within the last hour", "error", "category: error", "now-1h"),
        has("authentication") &&
            search(
                "chattingo-failed-logins",
                "Failed logins",
                "authentication",
                'category: authentication and message: "login failed"',
                "now-24h",
            ),
        has("chat") &&
            search(
                "chattingo-chat-of-a-user",
                "Chat of one user (put the user's id)",
                "chat",
                'category: chat and user_id: "12345"',
                "now-24h",
            ),
        search("chattingo-refused-lines", "Lines that Elasticsearch refused", deadLetterCategory, "", "now-7d", [
            "error.message",
            "category",
            "log.file.path",
            "message",
        ]),
        search("chattingo-not-utf8", "Logs that are not UTF-8", "*", "event.encoding_problem: *", "now-7d", [
            "log.file.path",
            "category",
            "kubernetes.node.name",
            "message",
        ]),
    ].filter((wanted) => wanted !== false);
}

function dataViewId(title: string): string {
    return title === anyDataStream ? "chattingo-all" : title.replace(/-\*$/, "");
}

function search(
    id: string,
    title: string,
    category: string,
    query: string,
    from: string,
    columns: readonly string[] = ["message", "user_id", "kubernetes.node.name"],
): WantedSearch {
    const reference = "kibanaSavedObjectMeta.searchSourceJSON.index";
    return {
        id,
        attributes: {
            title,
            description: "",
            columns,
            sort: [["@timestamp", "desc"]],
            timeRestore: true,
            timeRange: { from, to: "now" },
            kibanaSavedObjectMeta: {
                searchSourceJSON: JSON.stringify({
                    query: { query, language: "kuery" },
                    filter: [],
                    indexRefName: reference,
                }),
            },
        },
        references: [
            {
                name: reference,
                type: "index-pattern",
                id: dataViewId(category === "*" ? anyDataStream : anyDataStreamOfCategory(category)),
            },
        ],
    };
}
