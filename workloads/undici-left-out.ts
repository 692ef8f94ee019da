// Stands in bundles where Elasticsearch's client imports undici, which it only needs for connections that no workload
// makes (workloads/elasticsearch-client.ts).

const refusal =
    "bundles of workloads have no undici: give Elasticsearch's client `Connection: HttpConnection` (workloads/elasticsearch-client.ts)";

/** What the client would keep such connections in. */
export class Pool {
    constructor() {
        throw new Error(refusal);
    }
}

/** What the client would open such a connection by. */
export function buildConnector(): never {
    throw new Error(refusal);
}
