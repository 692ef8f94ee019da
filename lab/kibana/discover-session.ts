// A saved search as Kibana keeps it: 9.4 puts what it shows into a first tab too, 9.5 into the tab only.
// elastic/kibana, src/platform/plugins/shared/saved_search/server/saved_objects/schema.ts and extract_tabs.ts, and
// https://github.com/elastic/kibana/pull/256376

import { randomUUID } from "node:crypto";
import type { SavedObject } from "./saved-objects.ts";

/** Versions of Kibana that keep saved searches differently. */
export const versions = ["9.4.3", "9.5.0"] as const;

/** One of {@link versions}. */
export type KibanaVersion = (typeof versions)[number];

/** What Kibana adds to what it is given. */
const defaults = { grid: {}, hideChart: false, isTextBasedQuery: false };

/** The search that was imported without tabs, as the version keeps it. */
export function keptSearch(search: SavedObject, version: KibanaVersion): SavedObject {
    const { title, description = "", ...given } = search.attributes;
    const shown = { ...defaults, ...given };
    const tabs = [{ id: randomUUID(), label: "Untitled", attributes: shown }];
    return {
        ...search,
        attributes: { title, description, ...(version === "9.5.0" ? {} : shown), tabs },
    };
}
