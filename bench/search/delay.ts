// How long a line is on its way into search when nothing else is going on.

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { step } from "../../lab/tools/progress.ts";
import { until } from "../../test/until.ts";
import { median } from "../median.ts";
import { makeLogTree } from "./lines.ts";
import { SearchNode } from "./search-node.ts";
import { ShippingFilebeat } from "./shipping-filebeat.ts";

/** Seconds within which a line has to be found. */
const allowedSeconds = 10;

/** A line that takes this long is given up. */
const patienceSeconds = 60;

/** @returns the bounds that are missed */
export async function measureDelay(folder: string, lines: number): Promise<readonly string[]> {
    const root = join(folder, "log");
    makeLogTree(root);
    const node = await SearchNode.start();
    try {
        const filebeat = await ShippingFilebeat.start(join(folder, "state"), root, { elasticsearch: node.url });
        const delays: number[] = [];
        try {
            await step(`${lines} lines, one at a time`, undefined, async () => {
                for (let line = 0; line < lines; line++) {
                    // At another moment of every interval that Filebeat and Elasticsearch look in.
                    await delay(1000 + Math.random() * 3000);
                    const started = performance.now();
                    // Every fifth is the first one of a file that was not there.
                    const file = join(root, "chat", `chat-${Math.floor(line / 5)}.log`);
                    appendFileSync(file, `${JSON.stringify({ message: `line ${line}`, user_id: "7" })}\n`);
                    await until(`line ${line} is found`, patienceSeconds, async () =>
                        (await node.count()) > line ? true : undefined,
                    );
                    delays.push((performance.now() - started) / 1000);
                }
            });
        } finally {
            await filebeat.stop();
        }
        const longest = Math.max(...delays);
        console.log(
            `\na line is found after ${median(delays).toFixed(1)} s (median of ${lines}), ` +
                `${longest.toFixed(1)} s at most (allowed: ${allowedSeconds})`,
        );
        return longest <= allowedSeconds ? [] : [`a line found within ${allowedSeconds} s`];
    } finally {
        await node.stop();
    }
}
