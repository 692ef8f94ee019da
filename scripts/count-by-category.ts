// How many lines of each category Elasticsearch finds, asked from inside its pod as the operators' handbook does.

import { run } from "../lab/tools/run.ts";

/** Every document of every data stream, counted by its category. */
const query = {
    size: 0,
    aggs: { categories: { terms: { field: "category", size: 100 } } },
};

/** Number of lines by category; a category without any is missing. */
export async function countByCategory(
    environment: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, number>>> {
    const answer = await run(
        "kubectl",
        [
            ...["exec", "-n", "chattingo", "deployment/elasticsearch", "--"],
            ...["curl", "--silent", "--show-error", "--header", "Content-Type: application/json"],
            ...["--data", JSON.stringify(query), "http://localhost:9200/chattingo-*/_search"],
        ],
        { env: environment },
    );
    const { aggregations, error, status } = JSON.parse(answer) as {
        // Without any index there is nothing to aggregate.
        aggregations?: { categories: { buckets: readonly { key: string; doc_count: number }[] } };
        error?: unknown;
        status?: number;
    };
    // An index that is being made has no shard yet that could be asked.
    if (error !== undefined && status !== 503) {
        throw new Error(`Elasticsearch answered ${status}: ${JSON.stringify(error)}`);
    }
    return Object.fromEntries(aggregations?.categories.buckets.map(({ key, doc_count }) => [key, doc_count]) ?? []);
}
