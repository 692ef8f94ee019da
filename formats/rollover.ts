// When a data stream begins its next index. Each index is shards that Elasticsearch has to keep track of, so their number
// has a bound whatever the retention is.

/** Indices of one data stream, at most, that only their age has closed. */
const indicesOfStream = 30;

/**
 * Days after which a data stream begins its next index: one up to a month of retention, and a thirtieth of it beyond,
 * so that what is deleted is older than it has to be by no more than that.
 */
export function rolloverDays(retentionDays: number): number {
    return Math.max(1, Math.ceil(retentionDays / indicesOfStream));
}

/** Indices of a data stream that exist at once by age alone: those that are kept, the one that is written, and one that is being deleted. */
export function indicesByAge(retentionDays: number): number {
    return Math.ceil(retentionDays / rolloverDays(retentionDays)) + 2;
}

/**
 * Shards that Elasticsearch takes on each node, copies among them (`cluster.max_shards_per_node`); beyond them it
 * refuses to make an index.
 * https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/miscellaneous-cluster-settings#cluster-shard-limit
 */
export const mostShardsOfNode = 1000;
