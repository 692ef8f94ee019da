// Every document of a data stream, read page by page.

import { logRoot } from "../../formats/log-tree.ts";

/** A document as the tests look at it. */
export interface FoundLine {
    readonly index: string;
    readonly source: Readonly<Record<string, unknown>> & { readonly message?: string; readonly category?: string };
}

const pageSize = 5000;

/** Finds the lines of one file of the log tree, given without the tree's root: on a shared node others write too. */
export function ofFile(path: string): object {
    return { term: { "log.file.path": `${logRoot}/${path}` } };
}

/** Number of documents in the data streams that match `pattern`, and the query. */
export async function countLines(url: string, pattern: string, query: object = { match_all: {} }): Promise<number> {
    const { count } = (await ask(`${url}/${pattern}/_count`, { query })) as { count: number };
    return count;
}

/**
 * Every document that matches the query, in the order of the index; `_shard_doc` of a point in time tells each from
 * the next.
 */
export async function* everyLine(url: string, pattern: string, query: object): AsyncGenerator<FoundLine> {
    await ask(`${url}/${pattern}/_refresh`, undefined);
    const { id } = (await ask(`${url}/${pattern}/_pit?keep_alive=5m`, undefined)) as { id: string };
    let after: unknown;
    for (;;) {
        const page = (await ask(`${url}/_search`, {
            size: pageSize,
            query,
            pit: { id, keep_alive: "5m" },
            sort: ["_shard_doc"],
            track_total_hits: false,
            ...(after === undefined ? {} : { search_after: after }),
        })) as { hits: { hits: readonly { _index: string; _source: FoundLine["source"]; sort: unknown }[] } };
        for (const { _index, _source } of page.hits.hits) {
            yield { index: _index, source: _source };
        }
        if (page.hits.hits.length < pageSize) {
            return;
        }
        after = page.hits.hits.at(-1)?.sort;
    }
}

async function ask(url: string, body: object | undefined): Promise<unknown> {
    const response = await fetch(url, {
        method: "POST",
        ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok) {
        throw new Error(`Elasticsearch answered ${response.status} to ${url}: ${text.slice(0, 1000)}`);
    }
    return JSON.parse(text);
}
