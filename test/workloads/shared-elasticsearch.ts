// One Elasticsearch for all suites of a run whose names do not meet: a start takes as much of the processor as most suites.

import { after } from "mocha";
import { type ElasticsearchProcess, startElasticsearch } from "../../lab/elasticsearch-process.ts";

let node: Promise<ElasticsearchProcess> | undefined;

/**
 * The node's URL; started by whoever asks first, and ended with the run. Nobody needs a user there. The names
 * `chattingo-*` and `restored-chattingo-*` are those of elastic-setup's suite, whose templates stay; a setting of the
 * cluster is taken back by whoever changes it.
 */
export async function sharedElasticsearch(): Promise<string> {
    node ??= startElasticsearch();
    return (await node).url;
}

after(async () => {
    await (await node?.catch(() => undefined))?.stop();
});
