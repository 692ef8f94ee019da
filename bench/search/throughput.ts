// Lines a second from file to searchable, beside what bounds it: the same Filebeat into nothing, and a plain bulk load of
// the very same documents in the same order and in requests of the same size. Elasticsearch has one processor and whatever
// ships has another, as on different machines. A bulk load of one index after the other is shown too: it is what
// Elasticsearch could take if its requests were not for six data streams each.

import { createReadStream, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { say, step } from "../../lab/tools/progress.ts";
import { median } from "../median.ts";
import { hideLines, makeLogTree, showLines, writeLines } from "./lines.ts";
import { SearchNode } from "./search-node.ts";
import { type Output, ShippingFilebeat } from "./shipping-filebeat.ts";

/** Least part of the slower bound that the way into search has to reach. */
const leastRatio = 0.9;

const lookEveryMilliseconds = 100;

/** Requests of the plain bulk load: as Filebeat's. */
const bulk = { documents: 512, underWay: 4 };

const ways = ["into a null output", "bulk requests, mixed", "bulk requests, by index", "into search"] as const;
type Way = (typeof ways)[number];

/** @returns the bounds that are missed */
export async function measureThroughput(folder: string, mebibytes: number, rounds: number): Promise<readonly string[]> {
    const root = join(folder, "log");
    makeLogTree(root);
    const lines = writeLines(root, mebibytes * 2 ** 20);
    say(`${lines.count} lines, ${(lines.bytes / lines.count).toFixed(0)} bytes each, in six files`);
    const node = await SearchNode.start();
    let states = 0;

    /** Ships all lines, and measures. */
    async function ship(output: Output, count: (filebeat: ShippingFilebeat) => Promise<number>): Promise<number> {
        const filebeat = await ShippingFilebeat.start(join(folder, `state-${++states}`), root, output);
        try {
            showLines(root);
            return await linesPerSecond(lines.count, () => count(filebeat));
        } finally {
            await filebeat.stop();
            hideLines(root);
        }
    }

    try {
        const capture = join(folder, "documents.ndjson");
        await step("taking down the documents that Filebeat sends", undefined, () =>
            ship({ file: capture }, (filebeat) => filebeat.acknowledged()),
        );
        const mixed = await documentsOf(capture);
        rmSync(capture);
        const byIndex = mixed.toSorted((a, b) => (a.index < b.index ? -1 : a.index > b.index ? 1 : 0));
        const measure: Readonly<Record<Way, () => Promise<number>>> = {
            "into a null output": () => ship("null", (filebeat) => filebeat.acknowledged()),
            "bulk requests, mixed": () => load(node, mixed),
            "bulk requests, by index": () => load(node, byIndex),
            "into search": () => ship({ elasticsearch: node.url }, () => node.count()),
        };
        const rates = new Map<Way, number[]>(ways.map((way) => [way, []]));
        // One round before those that count: a Java that has just started is slow.
        for (let round = 0; round <= rounds; round++) {
            for (const way of ways) {
                const rate = await measure[way]();
                say(`round ${round}${round === 0 ? " (does not count)" : ""}, ${way}: ${rate.toFixed(0)} lines/s`);
                if (round > 0) {
                    rates.get(way)?.push(rate);
                }
                await node.removeLines();
            }
        }
        const middle = (way: Way) => median(rates.get(way) ?? []);
        console.log(`\nlines of ${(lines.bytes / lines.count).toFixed(0)} bytes a second, median of ${rounds}`);
        for (const way of ways) {
            console.log(`  ${way}: ${middle(way).toFixed(0)}`);
        }
        const lower = Math.min(middle("into a null output"), middle("bulk requests, mixed"));
        const ratio = middle("into search") / lower;
        console.log(`  into search: ${ratio.toFixed(2)} of the lower one (allowed: ${leastRatio} or more)`);
        return ratio >= leastRatio ? [] : [`${leastRatio} of the lines a second of the lower one`];
    } finally {
        await node.stop();
    }
}

/** From the first lines that are counted to the last, so that neither a start nor a first look counts. */
async function linesPerSecond(total: number, count: () => Promise<number>): Promise<number> {
    let first: { readonly lines: number; readonly at: number } | undefined;
    for (;;) {
        const lines = await count();
        const at = performance.now();
        if (lines > 0 && first === undefined) {
            first = { lines, at };
        }
        if (lines >= total && first !== undefined) {
            return (total - first.lines) / ((at - first.at) / 1000);
        }
        await delay(lookEveryMilliseconds);
    }
}

interface Document {
    readonly index: string;
    /** Two lines of a bulk request. */
    readonly text: string;
}

/** The documents as Filebeat sends them, from what it wrote into a file. */
async function documentsOf(file: string): Promise<readonly Document[]> {
    const documents: Document[] = [];
    for await (const line of createInterface({ input: createReadStream(file) })) {
        const { "@metadata": metadata, ...document } = JSON.parse(line) as {
            "@metadata": { _id: string; raw_index: string };
        };
        const { _id, raw_index: index } = metadata;
        const action = JSON.stringify({ create: { _index: index, _id } });
        documents.push({ index, text: `${action}\n${JSON.stringify(document)}\n` });
    }
    return documents;
}

/** Sends the documents in this order, and measures until a search finds them all. */
async function load(node: SearchNode, documents: readonly Document[]): Promise<number> {
    const bodies: string[] = [];
    for (let start = 0; start < documents.length; start += bulk.documents) {
        const chunk = documents.slice(start, start + bulk.documents);
        bodies.push(chunk.map(({ text }) => text).join(""));
    }
    const rate = linesPerSecond(documents.length, () => node.count());
    const sender = async () => {
        for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) {
            const response = await fetch(`${node.url}/_bulk?filter_path=errors`, {
                method: "POST",
                headers: { "content-type": "application/x-ndjson" },
                body,
            });
            const answer = await response.text();
            if (answer !== '{"errors":false}') {
                throw new Error(`Elasticsearch answered ${response.status} to a bulk request: ${answer}`);
            }
        }
    };
    await Promise.all(Array.from({ length: bulk.underWay }, sender));
    return rate;
}
