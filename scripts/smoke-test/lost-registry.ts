// A Filebeat that has lost what it had read: it reads all again, Elasticsearch has all already, and nobody is called.

import { setTimeout as delay } from "node:timers/promises";
import { canaryStreamOf } from "../../formats/data-streams.ts";
import type { Finding, RunningStack } from "./running-stack.ts";

/** Seconds in which the new pod has to be ready and to have sent lines that are there already. */
const patience = 300;
const pause = 5;
/** Looks in a row at which it has lines and none leaves it; ten minutes of that raise FilebeatNotAcknowledged. */
const mostIdleLooks = 24;

const leaving = ["acked", "duplicates", "dead_letter"].map((count) => `filebeat_output_events_${count}_total`);

/** Deletes the registry of one Filebeat, and looks at what its next pod sends. */
export async function lostRegistry(stack: RunningStack): Promise<Finding> {
    const [pod] = await stack.pods("filebeat");
    const node = pod?.spec?.nodeName;
    if (pod === undefined || node === undefined) {
        return { passed: false, text: "there is no Filebeat" };
    }
    // Lines that were found before, by when they were written: later ones do not count.
    const until = Date.now() - 5 * 60_000;
    const before = await canaryLines(stack, node, until);
    await stack.kubectl(["exec", pod.metadata.name, "-c", "filebeat", "--", "rm", "-rf", "data/registry"]);
    await stack.kubectl(["delete", "pod", pod.metadata.name, "--wait"]);

    let [idle, worst, sent] = [0, 0, -1];
    let last: Readonly<Record<string, number>> = {};
    for (let waited = 0; waited < patience; waited += pause) {
        await delay(pause * 1000);
        const next = (await stack.pods("filebeat")).find(({ spec }) => spec?.nodeName === node);
        // It can't be asked before its containers have started.
        last = next === undefined ? {} : await stack.metrics(next.metadata.name).catch(() => ({}));
        const now = leaving.reduce((sum, name) => sum + (last[name] ?? 0), 0);
        idle = (last.filebeat_pipeline_events_active ?? 0) > 0 && now === sent ? idle + 1 : 0;
        worst = Math.max(worst, idle);
        sent = now;
        if ((last.filebeat_output_events_duplicates_total ?? 0) > 0 && last.filebeat_pipeline_events_active === 0) {
            break;
        }
    }
    const after = await canaryLines(stack, node, until);
    const duplicates = last.filebeat_output_events_duplicates_total ?? 0;
    const dropped = last.filebeat_output_events_dropped_total ?? 0;
    const problems = [
        ...(duplicates > 0 ? [] : ["it sent nothing that was there already"]),
        ...(after === before ? [] : [`search has ${after} old canary lines instead of ${before}`]),
        ...(dropped === 0 ? [] : [`it gave up ${dropped} lines, and FilebeatEventsDropped is raised`]),
        ...(worst < mostIdleLooks ? [] : ["none left it for two minutes: FilebeatNotAcknowledged would follow"]),
    ];
    return {
        passed: problems.length === 0,
        text: [`${duplicates} lines of ${node} were sent again and are there once`, ...problems].join("; "),
    };
}

/** Canary lines of a node that search finds, written before a time in milliseconds since 1970. */
async function canaryLines(stack: RunningStack, node: string, until: number): Promise<number> {
    const filter = [
        { term: { "kubernetes.node.name": node } },
        { range: { "@timestamp": { lte: until, format: "epoch_millis" } } },
    ];
    const path = `/${canaryStreamOf(stack.settings.stack)}/_search`;
    const query = { size: 0, track_total_hits: true, query: { bool: { filter } } };
    const answer = (await stack.elasticsearch("canary", "POST", path, query)) as {
        hits: { total: { value: number } };
    };
    return answer.hits.total.value;
}
