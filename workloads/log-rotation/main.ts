// log-rotation: moves whole lines from the live logs of this node into archives, and gives their disk space back.
// With --every-node it starts a Job on every node that does so; with --leaving-node it stays, and does so when its node goes.

import { readFileSync } from "node:fs";
import { logRoot } from "../../formats/log-tree.ts";
import { messageOf } from "../error-message.ts";
import { accessOfThisPod, ClusterApi } from "./every-node/cluster-api.ts";
import type { JobTemplate } from "./every-node/node-job.ts";
import { rotateEveryNode } from "./every-node/rotate-every-node.ts";
import { requireLogRoot } from "./find-logs.ts";
import { stayUntilItLeaves } from "./leaving-node/stay-until-it-leaves.ts";
import { makeOwnDirectories } from "./own-directories.ts";
import { rotateTree } from "./rotate-tree.ts";
import { readSettings } from "./settings.ts";
import { holdsLock, runLocked } from "./single-run.ts";
import { emptySummary } from "./summary.ts";

const help = `Usage: log-rotation [--every-node | --leaving-node]

Rotates every log of the tree that is due. Applications are not touched: a log keeps its name, inode, size and offsets.
Environment:
  LOG_ROOT                 root of the log tree (default ${logRoot})
  APPLICATION_DIRECTORIES  directories of applications, with commas between them (default: none)
  ARCHIVE_DIR              where archives go (default $LOG_ROOT/archive)
  JOURNAL_DIR              where rotation remembers how far it came (default $LOG_ROOT/.rotation)
  FILEBEAT_REGISTRY        directory of Filebeat's registry (default: none, nothing waits for Filebeat)
  MAX_AGE_DAYS             a log is due when its oldest line not yet archived is older (default 7)
  MAX_SIZE_MB              a log is due when this many MiB are not yet archived; 0: whatever has a whole line (default 100)
  ARCHIVE_WITHIN_HOURS     a log is due when a line of it has no archive for longer than this; 0: off (default 0)
  MAX_ARCHIVE_MB           MiB of log, before compression, in one archive at most; more become several (default 256)
  COMPRESSION_ENABLED      true or false (default true)
With --every-node, in a pod of a cluster, it starts one Job on every ready node, waits for all and adds up their counts:
  JOB_TEMPLATE             file with the Job, JSON (default /etc/log-rotation/job.json)
  JOB_NAME, JOB_UID        the Job that this pod belongs to; the nodes' Jobs are named after it and go with it
With --leaving-node, in a pod of a cluster, it stays, and archives every line when its node is about to go and when itself
is told to end:
  NODE_NAME                the node
  HEALTH_PORT              port of /healthz and /readyz (default 9104)
The last line of a run's output is one JSON object with the counts.
Exit status 0 if every log that was due is rotated, 1 if not, 2 for wrong arguments.`;

const everyNode = "--every-node";
const leavingNode = "--leaving-node";

async function main(args: readonly string[]): Promise<number> {
    if (args.includes("--help") || args.includes("-h")) {
        console.log(help);
        return 0;
    }
    const [mode, ...more] = args;
    switch (more.length === 0 ? mode : undefined) {
        case everyNode:
            return rotateCluster();
        case leavingNode:
            return stay();
        default:
    }
    if (args.length > 0) {
        console.error(`unknown arguments ${args.join(" ")}\n${help}`);
        return 2;
    }
    return rotateNode();
}

/** Stays on this node until its pod is told to end. */
async function stay(): Promise<number> {
    const ending = new AbortController();
    process.once("SIGTERM", () => ending.abort()).once("SIGINT", () => ending.abort());
    try {
        await stayUntilItLeaves(process.env, (line) => console.log(line), ending.signal);
        return 0;
    } catch (error) {
        console.error(messageOf(error));
        return 1;
    }
}

/** One run over the whole cluster. */
async function rotateCluster(): Promise<number> {
    const { JOB_TEMPLATE: file = "/etc/log-rotation/job.json", JOB_NAME: name, JOB_UID: uid } = process.env;
    const ending = new AbortController();
    process.once("SIGTERM", () => ending.abort()).once("SIGINT", () => ending.abort());
    try {
        const summary = await rotateEveryNode({
            api: new ClusterApi(accessOfThisPod(process.env)),
            template: JSON.parse(readFileSync(file, "utf8")) as JobTemplate,
            parent: { name: name || `log-rotation-${Date.now()}`, uid: uid || undefined },
            say: (line) => console.log(line),
            signal: ending.signal,
        });
        console.log(JSON.stringify(summary));
        return summary.errors === 0 ? 0 : 1;
    } catch (error) {
        return failed([messageOf(error)]);
    }
}

/** One run over the logs of this node. */
async function rotateNode(): Promise<number> {
    const { settings, problems } = readSettings(process.env);
    if (!settings) {
        return failed(problems);
    }
    try {
        requireLogRoot(settings.logRoot);
        makeOwnDirectories(settings);
        if (!holdsLock(settings)) {
            return await runLocked(settings);
        }
        const summary = await rotateTree({ settings, say: (line) => console.log(line) });
        console.log(JSON.stringify(summary));
        return summary.errors === 0 ? 0 : 1;
    } catch (error) {
        return failed([messageOf(error)]);
    }
}

/** Nothing could be rotated: says why, and ends the output as every run does. */
function failed(problems: readonly string[]): number {
    for (const problem of problems) {
        console.error(problem);
    }
    console.log(JSON.stringify({ ...emptySummary(), errors: problems.length }));
    return 1;
}

main(process.argv.slice(2)).then(
    (status) => {
        process.exitCode = status;
    },
    (error: unknown) => {
        process.exitCode = failed([messageOf(error)]);
    },
);
