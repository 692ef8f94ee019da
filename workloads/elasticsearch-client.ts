// Elasticsearch's official client, as the programs in pods use it.

import { Client, HttpConnection } from "@elastic/elasticsearch";
import type { ElasticsearchClient } from "./elasticsearch-apis.ts";

/** Where Elasticsearch is, and how it is talked to. */
export interface ElasticsearchAccess {
    /** Such as `http://elasticsearch:9200`. */
    readonly elasticsearchUrl: string;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly credentials?: { readonly username: string; readonly password: string } | undefined;
    /** Certificate of the authority that Elasticsearch's comes from, in PEM; undefined: one that the system trusts. */
    readonly certificateAuthority?: string | undefined;
}

/** A client that tries each request up to five times more while nobody answers. */
export function elasticsearchClient(access: ElasticsearchAccess): ElasticsearchClient {
    const { elasticsearchUrl, credentials, certificateAuthority } = access;
    return new Client({
        node: elasticsearchUrl,
        auth: credentials,
        tls: certificateAuthority ? { ca: certificateAuthority } : undefined,
        maxRetries: 5,
        // Node.js's own HTTP: with the client's other way, undici, log-restore would not fit into a ConfigMap
        // (workloads/bundle.ts leaves it out).
        Connection: HttpConnection,
    });
}
