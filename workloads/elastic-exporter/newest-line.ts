// Asks Elasticsearch for the newest of a node's canary lines that can be found.

import { type SearchAccess, SearchError, searchStream } from "./search-request.ts";

/** How the canary's lines are looked for, in their data stream. */
export interface CanarySearch extends SearchAccess {
    /** The node whose lines are looked for. */
    readonly node: string;
}

/**
 * When the newest line was written that can be found, in milliseconds since 1970; undefined if there is none. Lines of a
 * time that is still to come, which a clock wrote before it was set back, do not count.
 *
 * @throws SearchError
 */
export async function newestLine(search: CanarySearch, now: number): Promise<number | undefined> {
    const query = {
        size: 1,
        _source: false,
        track_total_hits: false,
        query: {
            bool: {
                filter: [
                    { term: { "kubernetes.node.name": search.node } },
                    { range: { "@timestamp": { lte: now, format: "epoch_millis" } } },
                ],
            },
        },
        sort: [{ "@timestamp": { order: "desc", format: "epoch_millis" } }],
    };
    const { hits } = await searchStream(search, query);
    if (!Array.isArray(hits?.hits)) {
        throw new SearchError("answer", `${search.url} answered a search without hits`);
    }
    const [newest] = hits.hits as readonly { readonly sort?: readonly unknown[] }[];
    const time = Number(newest?.sort?.[0]);
    return Number.isFinite(time) ? time : undefined;
}
