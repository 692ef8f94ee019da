// What becomes of a line that Elasticsearch refuses. For a minute or two the canary's data stream takes none, so that the
// canary's next line is refused: no line of a user's is touched, and it works whatever the templates accept.

import { setTimeout as delay } from "node:timers/promises";
import { canaryStreamOf, deadLetterStreamOf } from "../../formats/data-streams.ts";
import type { Finding, RunningStack } from "./running-stack.ts";

/** Seconds for the next line of the canary, which writes one a minute, and for it to be refused, counted and found. */
const patience = 240;
const pause = 5;

const deadLetters = "filebeat_output_events_dead_letter_total";

/** The refused line has to be counted, kept in the dead letter stream, and told of on standard error without its text. */
export async function refusedLine(stack: RunningStack): Promise<Finding> {
    const { stack: name } = stack.settings;
    const canary = canaryStreamOf(name);
    const block = (isBlocked: boolean) =>
        stack.elasticsearch("setup", "PUT", `/${canary}/_settings`, { "index.blocks.write": isBlocked });
    const counted = async () => {
        const pods = await stack.pods("filebeat");
        const metrics = await Promise.all(pods.map(({ metadata }) => stack.metrics(metadata.name)));
        return Object.fromEntries(
            pods.map(({ metadata }, index) => [metadata.name, metrics[index]?.[deadLetters] ?? 0]),
        );
    };
    const since = new Date().toISOString();
    const [countsBefore, keptBefore] = [await counted(), await keptLines(stack)];
    let refusing: string | undefined;
    let kept = keptBefore;
    try {
        await block(true);
        for (let waited = 0; waited < patience && (refusing === undefined || kept <= keptBefore); waited += pause) {
            await delay(pause * 1000);
            const counts = await counted();
            refusing ??= Object.keys(counts).find((pod) => (counts[pod] ?? 0) > (countsBefore[pod] ?? 0));
            kept = await keptLines(stack);
        }
    } finally {
        await block(false);
    }
    if (kept <= keptBefore || refusing === undefined) {
        const where = `${kept - keptBefore} new lines in the dead letter stream`;
        return {
            passed: false,
            text: `${where}, ${refusing === undefined ? "and no Filebeat has counted one" : refusing}`,
        };
    }
    const log = await stack.kubectl(["logs", refusing, "-c", "filebeat", `--since-time=${since}`]);
    const isTold = log.includes("Cannot index event");
    const hasText = log.split("\n").some((line) => line.includes("Cannot index event") && line.includes("canary"));
    const files = await stack.kubectl(["exec", refusing, "-c", "filebeat", "--", "ls", "logs"]);
    const problems = [
        ...(isTold ? [] : ["its log tells nothing of it"]),
        ...(hasText ? ["its log has the line's text"] : []),
        ...(log.includes("failed to rotate") ? ["it can't write a file of refused lines, and tries to"] : []),
        ...(files.includes("events-data") ? ["it writes refused lines to a file"] : []),
    ];
    return {
        passed: problems.length === 0,
        text: `${refusing} counted it, and the dead letter stream has it${problems.map((each) => `; ${each}`).join("")}`,
    };
}

/** Lines in the dead letter stream. */
async function keptLines(stack: RunningStack): Promise<number> {
    const stream = deadLetterStreamOf(stack.settings.stack);
    const path = `/${stream}/_stats/docs?ignore_unavailable=true`;
    const answer = (await stack.elasticsearch("setup", "GET", path)) as {
        _all: { primaries: { docs?: { count: number } } };
    };
    return answer._all.primaries.docs?.count ?? 0;
}
