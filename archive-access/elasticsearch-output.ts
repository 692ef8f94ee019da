// Restored lines as documents, in data streams of their own: the live ones, their dashboards and alerts do not see them.
// A line has the same id whenever it is restored, so that restoring it again changes nothing.

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { restoredStream } from "../formats/data-streams.ts";
import type { ManifestEntry } from "../formats/manifest.ts";
import type { ElasticsearchClient } from "../workloads/elasticsearch-apis.ts";
import type { RestoreOutput } from "./outputs.ts";
import { linesOf } from "./verified-archive.ts";

/** What became of the lines. */
export interface IndexCounts {
    created: number;
    /** Lines that an earlier restore had indexed. */
    alreadyThere: number;
}

type Document = Readonly<Record<string, unknown>>;

interface Line {
    readonly id: string;
    readonly document: Document;
}

const batchLines = 2_000;
const batchBytes = 5 * 1024 ** 2;
const attempts = 8;

/** Indexes lines by the template of elastic-setup; `counts` is kept up to date. */
export function toElasticsearch(client: ElasticsearchClient, stack: string, counts: IndexCounts): RestoreOutput {
    return {
        async take(entry, path) {
            const stream = restoredStream(entry.category, stack);
            let batch: Line[] = [];
            let bytes = 0;
            let number = 0;
            for await (const text of linesOf(path)) {
                number += 1;
                batch.push(lineOf(entry, number, text));
                bytes += text.length;
                if (batch.length >= batchLines || bytes >= batchBytes) {
                    await index(client, stream, batch, counts);
                    batch = [];
                    bytes = 0;
                }
            }
            await index(client, stream, batch, counts);
        },
    };
}

/** A line as a document: the text that it is, which Elasticsearch decodes as it did when the line was shipped. */
function lineOf(entry: ManifestEntry, number: number, text: string): Line {
    const about = { category: entry.category, archive: { key: entry.key, line: number } };
    return {
        id: createHash("sha256").update(`${entry.key}\n${entry.sha256}\n${number}`).digest("base64url").slice(0, 27),
        document: { "@timestamp": entry.rotatedAt, message: text, ...about },
    };
}

/**
 * Indexes a batch, again what Elasticsearch was too busy for.
 *
 * @throws an error with the first refusal that a repetition would not change
 */
async function index(
    client: ElasticsearchClient,
    stream: string,
    batch: readonly Line[],
    counts: IndexCounts,
): Promise<void> {
    let left = batch;
    for (let attempt = 1; left.length > 0; attempt++) {
        const operations = left.flatMap(({ id, document }) => [{ create: { _id: id } }, document]);
        // Without its template the name would become an index that maps lines in another way.
        const { items } = await client.bulk({ index: stream, require_data_stream: true, operations });
        const again: Line[] = [];
        let isBusy = false;
        for (const [position, line] of left.entries()) {
            const { status = 0, error } = items[position]?.create ?? {};
            if (status === 201) {
                counts.created += 1;
            } else if (status === 409) {
                counts.alreadyThere += 1;
            } else if (status === 429 && attempt < attempts) {
                again.push(line);
                isBusy = true;
            } else {
                throw new Error(`Elasticsearch did not index a line into ${stream}: ${status} ${error?.reason ?? ""}`);
            }
        }
        left = again;
        if (isBusy) {
            await sleep(Math.random() * 2 ** attempt * 100);
        }
    }
}
