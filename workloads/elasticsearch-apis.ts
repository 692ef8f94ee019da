// What bundles have of Elasticsearch's client. It carries every API that Elasticsearch has, some four hundred, and a
// ConfigMap holds 1 MiB: with all of them log-restore would have 1,020,904 bytes even minified, and elastic-setup, which
// has 407,504 now, 1,277,658 without minifying.

import { basename } from "node:path";
import type { Client } from "@elastic/elasticsearch";
import type { Plugin } from "esbuild";

/** The client's methods and groups of methods that workloads call. What is added here is in the bundles too. */
export const elasticsearchApis = ["bulk", "indices", "info"] as const;

/** Elasticsearch's client with what is left of it in a bundle, so that nobody calls what is not there. */
export type ElasticsearchClient = Pick<Client, (typeof elasticsearchApis)[number] | "close" | "transport">;

/** Leaves the other APIs out of a bundle: one that is called all the same says so. */
export const onlyUsedElasticsearchApis: Plugin = {
    name: "only used APIs of Elasticsearch",
    setup({ onLoad }) {
        onLoad({ filter: /@elastic\/elasticsearch\/esm\/api\/api\/\w+\.js$/ }, ({ path }) => {
            const api = basename(path, ".js");
            const message = `bundles of workloads have no Elasticsearch API ${api}: add it to workloads/elasticsearch-apis.ts`;
            return elasticsearchApis.some((used) => used === api)
                ? undefined
                : { contents: `export default function () { throw new Error(${JSON.stringify(message)}); }` };
        });
    },
};
