// Whether a saved search is as it was made. Kibana 9.4 keeps what a search shows twice, at the top of the object and in its
// first tab, and 9.5 in the tab only (https://github.com/elastic/kibana/pull/256376; elastic/kibana,
// src/platform/plugins/shared/saved_search/server/saved_objects/schema.ts). Who saves it in Discover gets other names of
// references, by the tab (src/platform/plugins/shared/saved_search/common/service/discover_session_serialization.ts). So
// what is compared is what the search shows, and not how it is written.

import { createHash } from "node:crypto";
import type { WantedSearch } from "./kibana-objects.ts";

type Members = Readonly<Record<string, unknown>>;

/** A saved search, as Kibana exports it. */
export interface ExportedSearch {
    readonly attributes: Members;
    readonly references: readonly { readonly name: string; readonly type: string; readonly id: string }[];
}

/** How a search that is there stands to the one that is wanted. */
export type Standing = "as wanted" | "as once made" | "changed by people";

/** Attributes that decide what a search shows; the query and the data view are in the last. */
const deciding = ["columns", "sort", "timeRestore", "timeRange", "kibanaSavedObjectMeta"] as const;
/** Attributes that are read elsewhere or tell nothing of what it shows. */
const passedOver = new Set<string>([...deciding, "title", "description", "tabs", "hits", "version"]);

/** The search with a description that tells who made it, and by which it is known again. */
export function stamped(search: WantedSearch): WantedSearch {
    const description = `Made by elastic-setup, which updates it as long as nobody changes it (${stampOf(search)}).`;
    return { ...search, attributes: { ...search.attributes, description } };
}

/**
 * How the search that was found stands to the one that is wanted.
 *
 * @param wanted as {@link stamped} makes it
 */
export function standing(found: ExportedSearch, wanted: WantedSearch): Standing {
    const isSame = isPlain(found) && stampOf(found) === stampOf(wanted);
    if (isSame && found.attributes.description === wanted.attributes.description) {
        return "as wanted";
    }
    // Before searches were stamped, they had an empty description.
    const isOwn = isSame && (found.attributes.description ?? "") === "";
    const isOlder = isPlain(found) && String(found.attributes.description).includes(`(${stampOf(found)})`);
    return isOwn || isOlder ? "as once made" : "changed by people";
}

/** Sixteen hexadecimal digits that change with anything that the search shows. */
function stampOf({ attributes, references }: ExportedSearch | WantedSearch): string {
    const shown = shownIn(attributes);
    const meta = shown.kibanaSavedObjectMeta as { readonly searchSourceJSON?: string } | undefined;
    const { query, filter = [], indexRefName } = JSON.parse(meta?.searchSourceJSON ?? "{}") as Members;
    const content = [
        attributes.title,
        ...deciding.slice(0, -1).map((name) => shown[name]),
        (query as Members | undefined)?.query,
        (query as Members | undefined)?.language,
        filter,
        references.find(({ name }) => name === indexRefName)?.id,
    ];
    return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}

/** Whether it has nothing but what elastic-setup gives it: one tab, and nothing set beside what is compared. */
function isPlain({ attributes }: ExportedSearch): boolean {
    const { tabs } = attributes;
    const shown = shownIn(attributes);
    return (
        (!Array.isArray(tabs) || tabs.length === 1) &&
        Object.entries(shown).every(([name, value]) => passedOver.has(name) || isEmpty(value))
    );
}

/** What the first tab shows, or the object itself where it has no tabs. */
function shownIn(attributes: Members): Members {
    const [first] = (Array.isArray(attributes.tabs) ? attributes.tabs : []) as readonly { attributes?: Members }[];
    return first?.attributes ?? attributes;
}

/** What Kibana puts in for what was not given. */
function isEmpty(value: unknown): boolean {
    return !value || (typeof value === "object" && Object.keys(value).length === 0);
}
