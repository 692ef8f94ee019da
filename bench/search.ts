// The way of a line into search: how many a second, how soon, and how much of the disk they take, side by side with what
// bounds it and with what Filebeat and Elasticsearch do by default.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "../lab/tools/run.ts";
import { endWithMessage } from "../scripts/end-with-message.ts";
import { measureDelay } from "./search/delay.ts";
import { shippingProcessors } from "./search/shipping-filebeat.ts";
import { measureSize } from "./search/size.ts";
import { measureThroughput } from "./search/throughput.ts";

const parts = ["throughput", "delay", "size"] as const;

const delayedLines = 20;

const help = `Usage: node bench/search.ts [--only PART]... [--rounds N] [--mib N]

Measures the way from a log file into search: Filebeat with a stack's configuration, Elasticsearch with what elastic-setup
makes. What is missing is built or downloaded. It needs two processors: Elasticsearch has one of them, what ships another.
  --only PART  only this part (${parts.join(", ")}); may be given several times
  --rounds N   rounds of throughput, of which the median counts (default 3)
  --mib N      MiB of log lines (default 100)
Exit status 0 if the bounds hold, 1 if one does not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            only: { type: "string", multiple: true },
            rounds: { type: "string", default: "3" },
            mib: { type: "string", default: "100" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const unknown = values.only?.find((part) => !parts.some((known) => known === part));
    const isCount = (text: string) => /^[1-9]\d*$/.test(text);
    const wrong = [
        ...(unknown === undefined ? [] : [`--only ${unknown}: no such part`]),
        ...(isCount(values.rounds) ? [] : [`--rounds ${values.rounds}: expected a whole number`]),
        ...(isCount(values.mib) ? [] : [`--mib ${values.mib}: expected a whole number`]),
    ];
    if (wrong.length > 0) {
        console.error(`${wrong.join("\n")}\n${help}`);
        return 2;
    }
    if (availableParallelism() < 2) {
        throw new Error("this machine has one processor: expected two, one for Elasticsearch and one for what ships");
    }
    // What this process sends must not take Elasticsearch's processor either.
    await run("taskset", ["--all-tasks", "--cpu-list", "--pid", shippingProcessors, String(process.pid)]);
    const [rounds, mebibytes] = [Number(values.rounds), Number(values.mib)];
    const measure: Readonly<Record<(typeof parts)[number], (folder: string) => Promise<readonly string[]>>> = {
        throughput: (folder) => measureThroughput(folder, mebibytes, rounds),
        delay: (folder) => measureDelay(folder, delayedLines),
        size: (folder) => measureSize(folder, mebibytes),
    };
    const folder = mkdtempSync(join(tmpdir(), "search-bench-"));
    try {
        const missed: string[] = [];
        for (const part of parts) {
            if (values.only?.includes(part) ?? true) {
                mkdirSync(join(folder, part));
                missed.push(...(await measure[part](join(folder, part))));
            }
        }
        for (const bound of missed) {
            console.log(`not reached: ${bound}`);
        }
        return missed.length === 0 ? 0 : 1;
    } finally {
        rmSync(folder, { recursive: true });
    }
}

await endWithMessage(main, help);
