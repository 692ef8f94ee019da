// One Elasticsearch for all suites of a run whose names do not meet: a start takes as much of the processor as most suites.

import { startElasticsearch } from "../../lab/elasticsearch-process.ts";
import { sharedBySuites } from "../shared-by-suites.ts";

const node = sharedBySuites(
    () => startElasticsearch(),
    (started) => started.stop(),
);

/**
 * The node's URL. Nobody needs a user there. The names `chattingo-*` and `restored-chattingo-*` are those of
 * elastic-setup's suite, whose templates stay; a setting of the cluster is taken back by whoever changes it.
 */
export async function sharedElasticsearch(): Promise<string> {
    return (await node()).url;
}
