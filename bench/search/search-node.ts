// An Elasticsearch that is set up as a stack's is: by elastic-setup, with a stack's templates.

import { Client } from "@elastic/elasticsearch";
import { searchPlan } from "../../components/elastic-setup.ts";
import { logCategories } from "../../formats/log-categories.ts";
import { type ElasticsearchProcess, startElasticsearch } from "../../lab/elasticsearch-process.ts";
import { type Plan, readPlan } from "../../workloads/elastic-setup/plan.ts";
import { setUpElasticsearch } from "../../workloads/elastic-setup/set-up-elasticsearch.ts";

/** Name of the stack whose data streams are written. */
export const stack = "bench";

/** Data streams of the stack's categories. */
export const streamsOfStack = `chattingo-*-${stack}`;

/** The processor that Elasticsearch has for itself; what ships to it has the other ones. */
export const searchProcessor = "0";

const heapMb = 1024;

/** A running Elasticsearch of a stack. */
export class SearchNode {
    readonly url: string;
    readonly client: Client;
    readonly #process: ElasticsearchProcess;

    private constructor(process: ElasticsearchProcess) {
        this.#process = process;
        this.url = process.url;
        this.client = new Client({ node: process.url, requestTimeout: 300_000 });
    }

    /**
     * Starts one with nothing in it but what elastic-setup makes.
     *
     * @param keepRawLine keep each line as it was written, as a stack does by default
     */
    static async start(keepRawLine = true): Promise<SearchNode> {
        const node = new SearchNode(await startElasticsearch({ heapMb, processors: searchProcessor, optimised: true }));
        try {
            await setUpElasticsearch(node.client, planOfStack(keepRawLine), () => undefined);
            return node;
        } catch (error) {
            await node.stop();
            throw error;
        }
    }

    /** Documents that a search finds now; none while an index is being made, which can't be searched yet. */
    async count(indices = streamsOfStack): Promise<number> {
        const { statusCode, body } = await this.client.count(
            { index: indices, ignore_unavailable: true },
            { meta: true, ignore: [503] },
        );
        return statusCode === 503 ? 0 : body.count;
    }

    /** Takes away the lines and leaves the templates. */
    async removeLines(): Promise<void> {
        await this.client.indices.deleteDataStream({ name: streamsOfStack });
    }

    /** Bytes on disk of the primary shards, when each of them is one segment. */
    async bytesOnDisk(indices = streamsOfStack): Promise<number> {
        await this.client.indices.forcemerge({ index: indices, max_num_segments: 1 });
        await this.client.indices.flush({ index: indices });
        const stats = await this.client.indices.stats({ index: indices, metric: ["store"] });
        return stats._all.primaries?.store?.size_in_bytes ?? Number.NaN;
    }

    async stop(): Promise<void> {
        await this.client.close();
        await this.#process.stop();
    }
}

/** What the component writes for elastic-setup, for a stack of one node. */
function planOfStack(keepRawLine: boolean): Plan {
    return readPlan(
        "bench",
        searchPlan({ stack, categories: logCategories, retentionDays: 30, keepRawLine, nodes: 1 }),
    );
}
