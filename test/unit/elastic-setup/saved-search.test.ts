// Whether a saved search is as it was made, in the shapes in which Kibana 9.4 and 9.5 keep one (elastic/kibana,
// src/platform/plugins/shared/saved_search/server/saved_objects/schema.ts and
// .../common/service/discover_session_serialization.ts).

import assert from "node:assert/strict";
import { keptSearch } from "../../../lab/kibana/discover-session.ts";
import { savedSearches, type WantedSearch } from "../../../workloads/elastic-setup/kibana-objects.ts";
import { type ExportedSearch, stamped, standing } from "../../../workloads/elastic-setup/saved-search.ts";

const plan = {
    stack: "test",
    categories: [{ name: "error", retentionDays: 3 }],
    shards: 1,
    replicas: 0,
    refreshInterval: "2s",
    fieldLimit: 100,
};
const wanted = stamped(savedSearches(plan)[0] as WantedSearch);
const versions = ["9.4.3", "9.5.0"] as const;

interface Tab {
    readonly id: string;
    readonly attributes: Record<string, unknown>;
}

const kept = (search: WantedSearch, version: (typeof versions)[number]) =>
    structuredClone(keptSearch({ type: "search", ...search }, version));
const tabsOf = ({ attributes }: ExportedSearch) => attributes.tabs as Tab[];

/** As Discover writes it when somebody saves it: 9.4 the first tab at the top too, references by the tab's id. */
function savedInDiscover(found: ExportedSearch, change: (tab: Tab) => void): ExportedSearch {
    const [tab] = tabsOf(found);
    assert.ok(tab);
    const name = `tab_${tab.id}.kibanaSavedObjectMeta.searchSourceJSON.index`;
    const meta = tab.attributes.kibanaSavedObjectMeta as { searchSourceJSON: string };
    const source = { ...JSON.parse(meta.searchSourceJSON), indexRefName: name };
    tab.attributes.kibanaSavedObjectMeta = { searchSourceJSON: JSON.stringify(source) };
    change(tab);
    const top = "columns" in found.attributes ? tab.attributes : {};
    return {
        attributes: { ...found.attributes, ...top },
        references: found.references.map((reference) => ({ ...reference, name })),
    };
}

describe("a saved search", () => {
    for (const version of versions) {
        it(`is as wanted when Kibana ${version} keeps it, and when somebody saved it as it was`, () => {
            assert.equal(standing(kept(wanted, version), wanted), "as wanted");
            assert.equal(
                standing(
                    savedInDiscover(kept(wanted, version), () => {}),
                    wanted,
                ),
                "as wanted",
            );
        });

        it(`is people's once they changed anything of it in Kibana ${version}`, () => {
            const changes: readonly ((tab: Tab) => void)[] = [
                ({ attributes }) => Object.assign(attributes, { columns: ["message"] }),
                ({ attributes }) => Object.assign(attributes, { grid: { columns: { message: { width: 700 } } } }),
                ({ attributes }) => Object.assign(attributes, { timeRange: { from: "now-7d", to: "now" } }),
                ({ attributes }) => {
                    const source = { query: { query: "category: chat", language: "kuery" }, filter: [] };
                    attributes.kibanaSavedObjectMeta = { searchSourceJSON: JSON.stringify(source) };
                },
            ];
            for (const change of changes) {
                const found = savedInDiscover(kept(wanted, version), change);
                assert.equal(standing(found, wanted), "changed by people", String(change));
            }
            const found = kept(wanted, version);
            tabsOf(found).push({ id: "another", attributes: {} });
            assert.equal(standing(found, wanted), "changed by people", "a second tab");
            const renamed = { ...kept(wanted, version), attributes: { ...found.attributes, title: "Mine" } };
            assert.equal(standing(renamed, wanted), "changed by people", "another title");
        });

        it(`is known again when another one is wanted, in Kibana ${version}`, () => {
            const older = stamped({ ...wanted, attributes: { ...wanted.attributes, columns: ["message"] } });
            assert.equal(standing(kept(older, version), wanted), "as once made");
            const unstamped = { ...wanted, attributes: { ...wanted.attributes, description: "" } };
            assert.equal(standing(kept(unstamped, version), wanted), "as once made");
        });
    }
});
