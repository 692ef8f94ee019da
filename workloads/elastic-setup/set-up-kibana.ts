// Brings Kibana's data views and saved searches to what the plan wants. A search that people changed is theirs and stays.

import { contains } from "./comparison.ts";
import { jsonOf, type KibanaApi, KibanaError } from "./kibana-api.ts";
import { dataViews, savedSearches, type WantedDataView, type WantedSearch } from "./kibana-objects.ts";
import { type Outcome, type Report, SetupError } from "./outcome.ts";
import type { Plan } from "./plan.ts";
import { type ExportedSearch, stamped, standing } from "./saved-search.ts";

/**
 * Makes or updates every object.
 *
 * @throws SetupError with the object and the answer, at the first that is refused
 */
export async function setUpKibana(kibana: KibanaApi, plan: Plan, report: Report): Promise<void> {
    for (const view of dataViews(plan)) {
        report("data view", view.title, await setUpDataView(kibana, view));
    }
    for (const search of savedSearches(plan)) {
        const { outcome, remark } = await setUpSearch(kibana, stamped(search));
        report("saved search", search.id, outcome, remark);
    }
}

async function setUpDataView(kibana: KibanaApi, view: WantedDataView): Promise<Outcome> {
    const what = `data view ${view.title}`;
    const path = `/api/data_views/data_view/${view.id}`;
    const found = await foundOrNot(() => kibana.request(what, "GET", path), 404);
    if (found === undefined) {
        await kibana.request(what, "POST", "/api/data_views/data_view", { data_view: view, override: true });
        return "created";
    }
    const { id, ...changeable } = view;
    if (contains((jsonOf(what, found) as { data_view?: unknown }).data_view, { ...view })) {
        return "unchanged";
    }
    await kibana.request(what, "POST", path, { data_view: changeable });
    return "updated";
}

async function setUpSearch(
    kibana: KibanaApi,
    search: WantedSearch,
): Promise<{ readonly outcome: Outcome; readonly remark?: string }> {
    const what = `saved search ${search.id}`;
    const exported = await foundOrNot(
        () =>
            kibana.request(what, "POST", "/api/saved_objects/_export", {
                objects: [{ type: "search", id: search.id }],
                excludeExportDetails: true,
            }),
        // Kibana's answer to an export of something that is not there.
        400,
    );
    const found = exported === undefined ? undefined : standing(jsonOf(what, exported) as ExportedSearch, search);
    if (found === "as wanted") {
        return { outcome: "unchanged" };
    }
    if (found === "changed by people") {
        return { outcome: "unchanged", remark: "people changed it; delete it to have it made again" };
    }
    const form = new FormData();
    form.append("file", new Blob([JSON.stringify({ type: "search", ...search })]), "search.ndjson");
    const answer = await kibana.request(what, "POST", "/api/saved_objects/_import?overwrite=true", form);
    const { success, successCount, errors } = jsonOf(what, answer) as ImportAnswer;
    if (success !== true || successCount !== 1) {
        throw new SetupError(what, `Kibana could not import it: ${JSON.stringify({ successCount, errors })}`);
    }
    return { outcome: found === undefined ? "created" : "updated" };
}

/**
 * What Kibana says of an import (https://www.elastic.co/docs/api/doc/kibana/operation/operation-importsavedobjects): it
 * calls one of nothing a success.
 */
interface ImportAnswer {
    readonly success?: boolean;
    readonly successCount?: number;
    readonly errors?: unknown;
}

async function foundOrNot(request: () => Promise<string>, statusOfMissing: number): Promise<string | undefined> {
    try {
        return await request();
    } catch (error) {
        if (error instanceof KibanaError && error.status === statusOfMissing) {
            return undefined;
        }
        throw error;
    }
}
